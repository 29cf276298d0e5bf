// Shell completion, made from the rows of the commands. Pure.
#pragma once

#include <string>

namespace scoped::ctl {

// A bash script that completes commands, options and the values of those that have choices.
std::string bash_completion();

}  // namespace scoped::ctl
