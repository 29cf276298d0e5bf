// UTF-8 byte by byte, for texts that may not be it. Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <string_view>

namespace scoped::protocol {

inline constexpr uint32_t kReplacement = 0xFFFD;

// The length of the character that begins the text (1 to 4), or 0 where the bytes are not UTF-8: overlong
// forms, surrogates, values beyond U+10FFFF, cut sequences, an empty text.
size_t utf8_length(std::string_view text);
// REQUIRES: a value up to U+10FFFF that is no surrogate.
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace scoped::protocol
