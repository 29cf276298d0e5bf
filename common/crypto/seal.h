// Sealing: authenticated encryption of a small document under a key file. AES-256-GCM with a key of its own
// for each sealing, derived by HKDF-SHA256 from the sealing key and a random 32-byte salt; the associated
// data binds it to its name. It keeps backups and stray copies unreadable; it protects neither against root
// nor against the same uid, and cannot notice an old sealed document put back. Thread-safe.
#pragma once

#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <string>
#include <string_view>

namespace scoped::crypto {

// 32 random bytes as they are kept in a key file: 64 hex digits and a newline.
Secret make_key(Random& random);
// Accepts exactly that text (the newline may be absent). invalid_input names what is wrong, never the text.
Result<Secret> parse_key(const Secret& text);
// 16 hex digits that identify a key without telling it (HKDF with its own label). REQUIRES: a key of
// parse_key.
std::string key_id(const Secret& key);

// Layout: "SCS1" | salt 32 | nonce 12 | ciphertext | tag 16. The info of HKDF is "docker-credential-scoped
// seal 1". invalid_input: the key does not have 32 bytes.
Result<std::string> seal(const Secret& key, std::string_view associated_data, std::string_view plain,
                         Random& random);
// corrupt: cut, altered, another key or other associated data; which one cannot be told.
Result<Secret> open(const Secret& key, std::string_view associated_data, std::string_view sealed);

}  // namespace scoped::crypto
