// A question before something that cannot be taken back.
#pragma once

#include "agent/ctl/run.h"

#include <string_view>

namespace scoped::ctl {

inline constexpr Flag kYesFlag = {
    .name = "yes", .letter = 'y', .help = "Do not ask; needed where there is no terminal to ask at."};

// Goes on where --yes was given or the person answers with 'y'. cancelled: they did not; invalid_input: there
// is nobody to ask. `what` is a sentence without its end: "Scope map 'x' is deleted".
Result<> confirm(const Run& run, std::string_view what);

}  // namespace scoped::ctl
