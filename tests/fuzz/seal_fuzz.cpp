// links: crypto
// Whatever is sealed opens as itself, nothing that was altered, cut or never sealed opens, and no error has
// more than one line.
#include "common/crypto/seal.h"
#include "tests/support/fake_clock.h"

#include <stddef.h>
#include <stdint.h>

using namespace scoped;

namespace {

const Secret& key() {
  static const Secret chosen(std::string(32, 'k'));
  return chosen;
}

void check_refused(std::string_view name, std::string_view sealed) {
  const auto opened = crypto::open(key(), name, sealed);
  CHECK_INVARIANT(!opened && opened.error().code() == ErrorCode::corrupt);
  CHECK_INVARIANT(opened.error().line().find('\n') == std::string::npos);
}

// Different for each input, and the same in each run.
size_t pick(std::string_view text, size_t bound) {
  size_t sum = 5381;
  for (char c : text) sum = sum * 33 + static_cast<unsigned char>(c);
  return sum % bound;
}

void check_key_text(std::string_view text) {
  const auto parsed = crypto::parse_key(Secret(text));
  CHECK_INVARIANT(parsed ? parsed->size() == 32 && (text.size() == 64 || text.size() == 65)
                         : parsed.error().code() == ErrorCode::invalid_input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_key_text(text);
  check_refused("name", text);
  check_refused("name", "SCS1" + std::string(text));

  test::SeededRandom random;
  const std::string_view name = text.substr(0, size / 2), plain = text.substr(size / 2);
  const std::string sealed = crypto::seal(key(), name, plain, random).value();
  CHECK_INVARIANT(crypto::open(key(), name, sealed).value().reveal() == plain);

  std::string altered = sealed;
  altered[pick(text, sealed.size())] =
      static_cast<char>(altered[pick(text, sealed.size())] ^ (1 << pick(text, 8)));
  check_refused(name, altered);
  check_refused(name, std::string_view(sealed).substr(0, pick(text, sealed.size())));
  check_refused(name, sealed + "x");
  check_refused(std::string(name) + "x", sealed);
  return 0;
}
