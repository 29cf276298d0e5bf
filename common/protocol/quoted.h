// JSON texts that may be secrets: common/json would leave pieces of them in freed buffers; here the room is
// made first. Pure.
#pragma once

#include <stddef.h>

#include <string>
#include <string_view>

namespace scoped::protocol {

// Appends `text` with its quotes; what is not UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

// The most that append_quoted adds: a byte becomes six at most, \u001f.
inline constexpr size_t room_for_quoted(std::string_view text) { return 2 + 6 * text.size(); }

}  // namespace scoped::protocol
