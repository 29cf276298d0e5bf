#include "common/base/random.h"

#include "common/base/result.h"

#include <errno.h>
#include <sys/random.h>

namespace scoped {

uint64_t Random::below(uint64_t bound) {
  CHECK_INVARIANT(bound > 0);
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // rejection keeps it uniform
  uint64_t value = 0;
  do {
    fill(&value, sizeof value);
  } while (value >= limit);
  return value % bound;
}

std::string Random::hex(size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  fill(raw.data(), raw.size());
  std::string text;
  text.reserve(2 * bytes);
  for (char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void SystemRandom::fill(void* bytes, size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK_INVARIANT(got > 0);
    at += got;
    size -= static_cast<size_t>(got);
  }
}

}  // namespace scoped
