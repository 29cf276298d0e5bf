// Hashes and text encodings of bytes. Pure.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace scoped::crypto {

std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);                  // with padding
std::string base64url(std::string_view bytes);               // without padding
Result<std::string> parse_base64(std::string_view text);     // strict: alphabet, padding, no blanks
Result<std::string> parse_base64url(std::string_view text);  // padding optional

}  // namespace scoped::crypto
