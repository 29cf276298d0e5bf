// How many days of the log a command looks at. Pure.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/options.h"

namespace scoped::ctl {

inline constexpr Flag kDaysFlag = {
    .name = "days", .value = "N", .help = "How many days of the log to look at: 1 to 730."};

// invalid_input: it is not a number of that range.
Result<int> days_asked(const Options& options, int otherwise);

}  // namespace scoped::ctl
