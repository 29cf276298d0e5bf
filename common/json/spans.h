// Where the members of an object stand in a document's text, for editing a file of somebody else's without
// touching a byte that is not ours. Pure.
#pragma once

#include "common/base/result.h"

#include <stddef.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::json {

struct MemberSpan {
  std::string key;
  size_t key_begin = 0;  // the opening quote
  size_t value_begin = 0;
  size_t value_end = 0;  // one past it
};

struct ObjectSpan {
  size_t open = 0;   // its '{'
  size_t close = 0;  // its '}'
  std::vector<MemberSpan> members;

  const MemberSpan* find(std::string_view key) const;
};

// The object at a path of keys from the top; nothing when a key on the way is absent. invalid_input: the text
// is no JSON (with the line), or what is there is no object.
Result<std::optional<ObjectSpan>> find_object(std::string_view text,
                                              std::initializer_list<std::string_view> path);

}  // namespace scoped::json
