#include "agent/ctl/clients/splice.h"

namespace scoped::ctl {
namespace {

std::string with(std::string_view text, size_t at, size_t length, std::string_view instead) {
  std::string changed(text.substr(0, at));
  changed += instead;
  changed += text.substr(at + length);
  return changed;
}

}  // namespace

std::string carry_out(std::string_view text, const Splice& splice) {
  return with(text, splice.at, splice.removed.size(), splice.inserted);
}

std::optional<std::string> take_back(std::string_view text, const Splice& splice) {
  if (splice.inserted.empty()) return std::nullopt;  // where it was cannot be seen any more
  size_t at = splice.at;
  if (at > text.size() || text.substr(at, splice.inserted.size()) != splice.inserted) {
    at = text.find(splice.inserted);
    if (at == std::string_view::npos || text.find(splice.inserted, at + 1) != std::string_view::npos)
      return std::nullopt;
  }
  return with(text, at, splice.inserted.size(), splice.removed);
}

}  // namespace scoped::ctl
