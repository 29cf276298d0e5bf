// Colours of a terminal, for who wants them (Run::wants_colour). Pure.
#pragma once

#include <string>
#include <string_view>

namespace scoped::ctl {

inline constexpr std::string_view kRed = "\033[31m", kGreen = "\033[32m", kYellow = "\033[33m",
                                  kPlain = "\033[0m";

// Lines whose first character is '+', '~' or '-' in green, yellow or red, also after leading spaces.
std::string coloured_by_sign(std::string_view text);

}  // namespace scoped::ctl
