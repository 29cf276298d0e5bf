// Whoever called sudo. Their half of a set-up, the Azure CLI's login and Docker's settings, is done as them:
// root has another home folder, and what root writes there is nobody's.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"
#include "common/base/spawn.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

// Nothing: not under sudo, or root called it.
std::optional<uid_t> caller_of_sudo(const Environment& environment);
// A program as one that they would start themselves, by sudo, with their own home folder.
std::vector<std::string> as_person(uid_t person, std::vector<std::string> argv);

// This program, as them; its answer, a JSON document, on success. Otherwise its own line.
Result<Spawned> scopedctl_as(uid_t person, std::vector<std::string> arguments);

// sudo with this program in our place, at the same terminal, where it may ask for a password: it returns only
// where that cannot be.
Error become_root(const Environment& environment, std::vector<std::string> arguments);

}  // namespace scoped::ctl
