#include "agent/ctl/colour.h"

namespace scoped::ctl {
namespace {

std::string_view colour_of(std::string_view line) {
  const size_t first = line.find_first_not_of(' ');
  if (first == std::string_view::npos || first + 1 >= line.size() || line[first + 1] != ' ') return {};
  switch (line[first]) {
    case '+':
      return kGreen;
    case '~':
      return kYellow;
    case '-':
      return kRed;
    default:
      return {};
  }
}

}  // namespace

std::string coloured_by_sign(std::string_view text) {
  std::string coloured;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::string_view colour = colour_of(line);
    coloured.append(colour).append(line).append(colour.empty() ? "" : kPlain);
    if (end == std::string_view::npos) break;
    coloured += '\n';
    text.remove_prefix(end + 1);
  }
  return coloured;
}

}  // namespace scoped::ctl
