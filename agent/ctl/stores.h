// Which stores `init` makes. Pure.
#pragma once

#include "common/base/env.h"
#include "common/config/config.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

// The named store, or all that are made by init: those of the configuration, and `default` where a registry
// uses it or there is no store at all. Without root only the user's own. `system`: the level of `default`
// where no registry tells it. Error: the name is unknown, or of a type that needs no init.
Result<std::vector<config::Typed>> stores_to_init(const config::Config& config,
                                                  const std::optional<std::string>& asked,
                                                  const Environment& environment, bool system);

// "store 'local' (sealed_file, '/var/lib/scoped/records')"
std::string describe_store(const config::Typed& settings);

}  // namespace scoped::ctl
