// `scopedctl __complete WORD...`, which the shells' scripts run: candidates, one a line. Blocks on the
// registry where a name of it is asked for; whatever goes wrong is no candidate and no line.
#pragma once

#include "agent/ctl/run.h"

#include <string>
#include <vector>

namespace scoped::ctl {

inline constexpr const char* kCompleteWord = "__complete";

int run_completion(const std::vector<std::string>& words, const Surroundings& around);

}  // namespace scoped::ctl
