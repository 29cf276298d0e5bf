// The helper under a profile's name: a link 'docker-credential-scoped-NAME' where clients find it.
#pragma once

#include "agent/ctl/console.h"
#include "common/base/env.h"
#include "common/base/result.h"

#include <string>

namespace scoped::ctl {

// A profile that may be part of a program's name.
Result<> check_profile(const std::string& profile);
// Beside the helper on the PATH where that folder may be written, else in ~/.local/bin; a link that is there
// already is left. not_found: no helper on the PATH. Says on the console when the folder is not on the PATH.
Result<std::string> make_profile_link(const std::string& profile, const Environment& environment,
                                      Console& console);
// The first file of this name on the PATH that may be run.
std::optional<std::string> find_on_path(const Environment& environment, const std::string& program);

}  // namespace scoped::ctl
