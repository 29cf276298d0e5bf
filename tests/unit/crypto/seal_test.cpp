// Not tested here: AES-GCM and HKDF beyond one vector of the whole layout, since they are OpenSSL's.
#include "common/crypto/seal.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace scoped;
using namespace std::literals;
using test::SeededRandom;

namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::string bytes) : bytes_(std::move(bytes)) {}
  void fill(void* bytes, size_t size) override {
    REQUIRE(size <= bytes_.size());
    bytes_.copy(static_cast<char*>(bytes), size);
    bytes_.erase(0, size);
  }

 private:
  std::string bytes_;
};

std::string range(int first, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

Secret key() { return Secret(range(0, 32)); }

std::string sealed_with(std::string_view name, std::string_view plain) {
  FixedRandom random(range(0x40, 32) + range(0x80, 12));
  return crypto::seal(key(), name, plain, random).value();
}

bool is_refused(const Secret& with, std::string_view name, std::string_view sealed) {
  const auto opened = crypto::open(with, name, sealed);
  return !opened && opened.error().code() == ErrorCode::corrupt &&
         opened.error().line() == "it is cut or altered, or sealed under another key or name";
}

}  // namespace

// Computed from the layout in seal.h with Python's hmac and cryptography.
TEST_CASE("a sealed document has the documented layout", "[crypto]") {
  CHECK(crypto::hex(sealed_with("a name", "a secret")) ==
        "53435331404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
        "808182838485868788898a8b94b900407babcffed5fe4572ade3232dbf7a9d06846151e7");
  CHECK(crypto::hex(sealed_with("", "")) ==
        "53435331404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
        "808182838485868788898a8bb1089147bd52e0054e1802166642cf87");
  CHECK(crypto::key_id(key()) == "ba3bc474611f94ce");
}

TEST_CASE("a sealed document opens as itself", "[crypto]") {
  const std::string plain = GENERATE(""s, "x"s, std::string("a\0b", 3), std::string(100'000, 'p'));
  SeededRandom random;
  const std::string sealed = crypto::seal(key(), "name", plain, random).value();
  CHECK(sealed.size() == plain.size() + 64);
  CHECK(crypto::open(key(), "name", sealed).value().reveal() == plain);
}

TEST_CASE("sealing twice gives two texts", "[crypto]") {
  SeededRandom random;
  const std::string first = crypto::seal(key(), "n", "same", random).value();
  const std::string second = crypto::seal(key(), "n", "same", random).value();
  CHECK(first.substr(4, 44) != second.substr(4, 44));
  CHECK(first.substr(48) != second.substr(48));
}

TEST_CASE("no document opens after any bit of it was altered", "[crypto]") {
  const std::string sealed = sealed_with("a name", "a secret");
  size_t refused = 0;
  for (size_t i = 0; i < sealed.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string altered = sealed;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      refused += is_refused(key(), "a name", altered);
    }
  CHECK(refused == sealed.size() * 8);
}

TEST_CASE("no document opens after it was cut or lengthened", "[crypto]") {
  const std::string sealed = sealed_with("a name", "a secret");
  size_t refused = 0;
  for (size_t length = 0; length < sealed.size(); ++length)
    refused += is_refused(key(), "a name", sealed.substr(0, length));
  CHECK(refused == sealed.size());
  CHECK(is_refused(key(), "a name", sealed.substr(1)));
  CHECK(is_refused(key(), "a name", sealed + "x"));
  CHECK(is_refused(key(), "a name", sealed + sealed));
}

TEST_CASE("a document opens under its own key and name only", "[crypto]") {
  const std::string sealed = sealed_with("a name", "a secret");
  CHECK(is_refused(Secret(range(1, 32)), "a name", sealed));
  CHECK(is_refused(key(), "a nam", sealed));
  CHECK(is_refused(key(), "a name ", sealed));
  CHECK(is_refused(key(), "", sealed));
  CHECK(is_refused(key(), "b name", sealed));
}

TEST_CASE("a key of another length seals and opens nothing", "[crypto]") {
  const std::string bytes = GENERATE(""s, range(0, 16), range(0, 31), range(0, 33));
  SeededRandom random;
  const auto sealed = crypto::seal(Secret(bytes), "n", "p", random);
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().code() == ErrorCode::invalid_input);
  CHECK_FALSE(crypto::open(Secret(bytes), "a name", sealed_with("a name", "a secret")));
}

TEST_CASE("a made key is a line of 64 hex digits that reads back", "[crypto]") {
  SeededRandom random;
  const Secret text = crypto::make_key(random);
  CHECK(text.size() == 65);
  CHECK(text.reveal().find_first_not_of("0123456789abcdef") == 64);
  CHECK(text.reveal().back() == '\n');
  const Secret made = crypto::parse_key(text).value();
  CHECK(crypto::hex(made.reveal()) + "\n" == text.reveal());
  CHECK_FALSE(crypto::parse_key(crypto::make_key(random)).value().equals(made));
}

TEST_CASE("a key text is read without its newline and in capitals", "[crypto]") {
  const std::string text = crypto::hex(range(0xa0, 32));
  std::string capitals = text;
  for (char& c : capitals) c = static_cast<char>(toupper(c));
  CHECK(crypto::parse_key(Secret(text)).value().reveal() == range(0xa0, 32));
  CHECK(crypto::parse_key(Secret(capitals + "\n")).value().reveal() == range(0xa0, 32));
}

TEST_CASE("another key text is refused without being quoted", "[crypto]") {
  const std::string digits(63, 'a');
  const auto [text, reason] = GENERATE_COPY(table<std::string, std::string>({
      {"", "a sealing key is 64 hex digits on one line, this text has 0 characters"},
      {"\n", "a sealing key is 64 hex digits on one line, this text has 0 characters"},
      {digits + "\n", "a sealing key is 64 hex digits on one line, this text has 63 characters"},
      {digits + "aa", "a sealing key is 64 hex digits on one line, this text has 65 characters"},
      {digits + "a\r\n", "a sealing key is 64 hex digits on one line, this text has 65 characters"},
      {digits + "a\n\n", "a sealing key is 64 hex digits on one line, this text has 65 characters"},
      {digits + "g", "a sealing key is 64 hex digits, but character 64 is none"},
      {" " + digits, "a sealing key is 64 hex digits, but character 1 is none"},
      {digits + std::string(1, '\0'), "a sealing key is 64 hex digits, but character 64 is none"},
  }));
  const auto parsed = crypto::parse_key(Secret(text));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::invalid_input);
  CHECK(parsed.error().line() == reason);
}

TEST_CASE("a key's identity is stable and tells nothing of the key", "[crypto]") {
  const std::string id = crypto::key_id(key());
  CHECK(id.size() == 16);
  CHECK(id == crypto::key_id(key()));
  CHECK(id != crypto::key_id(Secret(range(1, 32))));
  CHECK(crypto::hex(range(0, 32)).find(id) == std::string::npos);
}
