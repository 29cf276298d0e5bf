// Becomes scoped-fetch (common/broker/handover.h): the front has no answer, so another program looks for one
// in the same process.
#pragma once

#include "common/base/secret.h"
#include "common/broker/handover.h"

#include <string>

namespace scoped::front {

// Returns only when it could not: one line that says why, with its newline. `input` becomes stdin; it is
// wiped here, since execve runs no destructor.
std::string become_fetch(const broker::Handover& handover, Secret input);

}  // namespace scoped::front
