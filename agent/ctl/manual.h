// The manual pages, made from the rows of the commands, in roff's man macros. Pure.
#pragma once

#include "agent/ctl/command.h"

#include <string>

namespace scoped::ctl {

std::string man_page(const Command& command);
std::string man_overview();                    // scopedctl(1)
std::string man_name(const Command& command);  // "scopedctl-token-create"

}  // namespace scoped::ctl
