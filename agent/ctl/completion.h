// The scripts that let shells complete scopedctl's command lines. Constants.
#pragma once

#include <string_view>

namespace scoped::ctl {

inline constexpr std::string_view kShells = "bash|zsh|fish";
// REQUIRES: one of kShells.
std::string_view completion_script(std::string_view shell);

}  // namespace scoped::ctl
