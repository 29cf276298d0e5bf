// Not tested here: SHA-256 itself beyond its published vectors, since it is OpenSSL's.
#include "common/crypto/digest.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace std::literals;

TEST_CASE("SHA-256 gives the published digests", "[crypto]") {
  const auto [text, digest] = GENERATE(table<std::string, std::string>({
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  }));
  CHECK(crypto::sha256(text).size() == 32);
  CHECK(crypto::hex(crypto::sha256(text)) == digest);
}

TEST_CASE("hex is lower case and keeps every byte", "[crypto]") {
  CHECK(crypto::hex("") == "");
  CHECK(crypto::hex("\0\x0f\xa5\xff"sv) == "000fa5ff");
}

TEST_CASE("base64 gives the vectors of RFC 4648", "[crypto]") {
  const auto [bytes, text] = GENERATE(table<std::string_view, std::string_view>({
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xfe", "+//+"},
  }));
  CAPTURE(text);
  CHECK(crypto::base64(bytes) == text);
  CHECK(crypto::parse_base64(text).value() == bytes);
}

TEST_CASE("base64url has another alphabet and no padding", "[crypto]") {
  CHECK(crypto::base64url("\xfb\xff\xfe") == "-__-");
  CHECK(crypto::base64url("f") == "Zg");
  CHECK(crypto::base64url("") == "");
  CHECK(crypto::parse_base64url("-__-").value() == "\xfb\xff\xfe");
  CHECK(crypto::parse_base64url("Zg").value() == "f");
  CHECK(crypto::parse_base64url("Zg==").value() == "f");
  CHECK(crypto::parse_base64url("Zm8=").value() == "fo");
}

TEST_CASE("all bytes survive base64", "[crypto]") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (size_t cut = 0; cut < 3; ++cut) {
    const std::string_view some = std::string_view(bytes).substr(cut);
    CHECK(crypto::parse_base64(crypto::base64(some)).value() == some);
    CHECK(crypto::parse_base64url(crypto::base64url(some)).value() == some);
  }
}

TEST_CASE("what no encoder makes is refused as base64", "[crypto]") {
  const auto text = GENERATE("Z"sv, "AAAAA=="sv, "A==="sv, "Zg"sv, "Zg="sv, "Zg==="sv, "Zh=="sv, "Zm9="sv,
                             "="sv, "===="sv, "Z==="sv, "Zg==Zg=="sv, "Zm 8="sv, "Zm8=\n"sv, "\nZm8"sv,
                             "Zm9\0"sv, "-__-"sv, "Zm9\xff"sv, "Z=8="sv);
  CAPTURE(text);
  const auto bytes = crypto::parse_base64(text);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code() == ErrorCode::invalid_input);
}

TEST_CASE("what no encoder makes is refused as base64url", "[crypto]") {
  const auto text = GENERATE("Z"sv, "A"sv, "AAAAA"sv, "Zh"sv, "Zg="sv, "Zg==="sv, "Zm8=="sv, "Zm9v="sv,
                             "+//+"sv, "Zm9v "sv, "Zg.Zg"sv, "===="sv, "="sv);
  CAPTURE(text);
  CHECK_FALSE(crypto::parse_base64url(text));
}

TEST_CASE("an error names the place and not the character", "[crypto]") {
  CHECK(crypto::parse_base64("Zm9vYm!y").error().line() == "character 7 is not base64");
}
