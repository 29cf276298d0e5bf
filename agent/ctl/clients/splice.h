// One change to a text of somebody else's: what was removed and what was put in its place, so that it can be
// taken back to the byte. Pure.
#pragma once

#include <stddef.h>

#include <optional>
#include <string>
#include <string_view>

namespace scoped::ctl {

struct Splice {
  size_t at = 0;
  std::string removed;
  std::string inserted;
  bool operator==(const Splice&) const = default;
};

std::string carry_out(std::string_view text, const Splice& splice);
// What the text was before; nothing where `inserted` is neither in its place nor anywhere else exactly once.
std::optional<std::string> take_back(std::string_view text, const Splice& splice);

}  // namespace scoped::ctl
