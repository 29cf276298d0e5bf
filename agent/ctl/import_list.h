// `import` without a token: what it would do with each, and the configuration that it needs. Changes nothing.
#pragma once

#include "agent/ctl/run.h"

namespace scoped::ctl {

Result<Exit> list_imports(const Run& run, const config::Registry& registry);

}  // namespace scoped::ctl
