// Not tested here: sealing and the files (saved_logins_test.cpp).
#include "common/answer/login_codec.h"

#include "tests/support/catch.h"

namespace scoped::answer {
namespace {

Logins some_logins() {
  Logins logins;
  logins["ghcr.io"] = {"me", Secret("s3cret")};
  logins["https://index.docker.io/v1/"] = {"<token>", Secret()};
  logins[""] = {"", Secret(std::string_view("\0\xff", 2))};
  return logins;
}

std::string encoded(const Logins& logins) { return std::string(encode_logins(logins)->reveal()); }

TEST_CASE("logins survive the round trip, empty and binary texts included", "[answer]") {
  const auto logins = parse_logins(Secret(encoded(some_logins())));
  REQUIRE(logins);
  CHECK(logins->size() == 3);
  CHECK(logins->at("ghcr.io").username == "me");
  CHECK(logins->at("ghcr.io").secret.reveal() == "s3cret");
  CHECK(logins->at("https://index.docker.io/v1/").username == "<token>");
  CHECK(logins->at("").secret.size() == 2);
  CHECK(encoded(*logins) == encoded(some_logins()));
}

TEST_CASE("no logins are five bytes", "[answer]") {
  const std::string bytes("\x01\0\0\0\0", 5);
  CHECK(encoded({}) == bytes);
  CHECK(parse_logins(Secret(bytes))->empty());
}

TEST_CASE("logins that are cut anywhere are corrupt", "[answer]") {
  const std::string whole = encoded(some_logins());
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto logins = parse_logins(Secret(whole.substr(0, size)));
    REQUIRE_FALSE(logins);
    CHECK(logins.error().code() == ErrorCode::corrupt);
  }
  CHECK_FALSE(parse_logins(Secret(whole + "x")));
}

TEST_CASE("another version is named, and out of order is corrupt", "[answer]") {
  std::string bytes = encoded(some_logins());
  bytes[0] = 2;
  CHECK(parse_logins(Secret(bytes)).error().line().find("upgrade") != std::string::npos);

  Logins first, second;
  first["b"] = {"x", Secret("y")};
  second["a"] = {"x", Secret("y")};
  std::string unordered = encoded(first) + encoded(second).substr(5);
  unordered[1] = 2;
  CHECK_FALSE(parse_logins(Secret(unordered)));
  std::string repeated = encoded(first) + encoded(first).substr(5);
  repeated[1] = 2;
  CHECK_FALSE(parse_logins(Secret(repeated)));
}

TEST_CASE("a length beyond the end costs no memory", "[answer]") {
  CHECK_FALSE(parse_logins(Secret(std::string_view("\x01\xff\xff\xff\xff\xff\xff\xff\xff", 9))));
}

TEST_CASE("logins beyond the limit are refused before they are written", "[answer]") {
  Logins logins;
  logins["ghcr.io"] = {"me", Secret(std::string(kLargestLogins, 'x'))};
  const auto bytes = encode_logins(logins);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code() == ErrorCode::invalid_input);
}

}  // namespace
}  // namespace scoped::answer
