// links: answer
// The document of saved logins: whatever parses is written back byte by byte, so one document has one form.
#include "common/answer/login_codec.h"

#include <stdint.h>
#include <stdlib.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const scoped::Secret bytes({reinterpret_cast<const char*>(data), size});
  const auto logins = scoped::answer::parse_logins(bytes);
  if (!logins) return 0;
  const auto again = scoped::answer::encode_logins(*logins);
  if (size <= scoped::answer::kLargestLogins && (!again || !again->equals(bytes))) abort();
  return 0;
}
