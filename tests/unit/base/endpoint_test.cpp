#include "common/base/endpoint.h"

#include "tests/support/catch.h"

using namespace scoped;

TEST_CASE("An endpoint is an IP address and a port", "[base]") {
  const auto four = parse_endpoint("127.0.0.1:9095");
  REQUIRE(four);
  CHECK(four->address == "127.0.0.1");
  CHECK(four->port == 9095);
  const auto six = parse_endpoint("[::1]:0");
  REQUIRE(six);
  CHECK(six->address == "::1");
  CHECK(six->port == 0);
}

TEST_CASE("What is no endpoint is refused with an example", "[base]") {
  for (const char* text : {"", ":", "9095", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1",
                           "127.0.0.1:65536", "127.0.0.1:99999999999", "localhost:80", "::1:80", "[::1]",
                           "[127.0.0.1]:80", "127.1:80", "[]:80", "127.0.0.1:80 ", "127.0.0.1:+80"}) {
    INFO(text);
    const auto parsed = parse_endpoint(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().line().find("as in 127.0.0.1:9095") != std::string::npos);
  }
}
