// links: crypto
// Bytes survive both base64 forms, and a text that is read is the only one for its bytes.
#include "common/crypto/digest.h"

#include <stddef.h>
#include <stdint.h>

using namespace scoped;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CHECK_INVARIANT(crypto::parse_base64(crypto::base64(text)).value() == text);
  CHECK_INVARIANT(crypto::parse_base64url(crypto::base64url(text)).value() == text);
  CHECK_INVARIANT(crypto::hex(text).size() == 2 * size);
  if (const auto bytes = crypto::parse_base64(text)) CHECK_INVARIANT(crypto::base64(*bytes) == text);
  if (const auto bytes = crypto::parse_base64url(text)) {
    const std::string again = crypto::base64url(*bytes);
    CHECK_INVARIANT(text.starts_with(again) &&
                    text.find_first_not_of('=', again.size()) == std::string::npos);
  }
  return 0;
}
