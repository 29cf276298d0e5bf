// For long documents of others, of which little is read: members of some names are checked to be JSON, and
// not kept. No thread rule.
#pragma once

#include "common/json/value.h"

#include <span>
#include <string_view>

namespace scoped::json {

// As parse(), but for members whose name is one of `passed_over`, at whatever depth: their values count for
// the limits and are not in the tree, and what stands twice among them or in them is not noticed.
Result<Value> parse_some(std::string_view text, const Limits& limits,
                         std::span<const std::string_view> passed_over);

}  // namespace scoped::json
