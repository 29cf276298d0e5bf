// "Did you mean ...?": the nearest of the known names by edit distance. Pure.
#pragma once

#include <stddef.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::config {

using Names = std::vector<std::string_view>;

// Letters to insert, remove, replace, or swap with their neighbour, without regard to case.
size_t edit_distance(std::string_view left, std::string_view right);

// The known name with the least distance (the first of equals) if it is near enough to be what was meant: at
// most a third of the longer of the two, and at most 3.
std::optional<std::string_view> nearest(std::string_view name, const Names& known);

// The end of a line about an unknown name: ": did you mean 'x'?", or else ": known are 'a', 'b'", or nothing
// when none is known.
std::string suggestion(std::string_view name, const Names& known);

}  // namespace scoped::config
