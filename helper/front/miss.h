// When the front may say "not found" by itself (SERVING 7.1): a miss is what most helper processes are for,
// so it must not cost a second program. Asks the disk with access(2) only.
#pragma once

#include "common/base/env.h"
#include "common/broker/handover.h"

#include <string>
#include <vector>

namespace scoped::front {

// True when at least one agent said NOT_MINE, none said anything else or kept silent, and nothing is left
// that only scoped-fetch can read: a user's configuration, saved logins, and, where no agent of the system
// was heard, the system's configuration. A path that cannot be looked at counts as there.
bool is_certain_miss(const std::vector<broker::Hearing>& asked, const Environment& environment,
                     const std::string& system_folder = "/etc/scoped");

}  // namespace scoped::front
