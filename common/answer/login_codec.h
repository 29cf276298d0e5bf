// Saved logins <-> the bytes that are sealed: a version byte, a count, then three texts a login, each with
// its length before it (u32, little-endian), server URLs strictly ascending. One document has one form. Pure.
#pragma once

#include "common/answer/saved_logins.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <map>
#include <string>

namespace scoped::answer {

using Logins = std::map<std::string, SavedLogin>;  // by server URL

inline constexpr size_t kLargestLogins = 4 << 20;

// invalid_input: longer than kLargestLogins.
Result<Secret> encode_logins(const Logins& logins);
// corrupt: cut, longer than it says, of another version, not in order.
Result<Logins> parse_logins(const Secret& bytes);

}  // namespace scoped::answer
