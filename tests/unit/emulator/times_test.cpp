// Times as ARM writes them. Not tested here: RFC 3339 itself (tests/unit/base).
#include "tests/emulator/times.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::emulator;

TEST_CASE("ARM's times have seven digits and +00:00, whatever they are", "[emulator]") {
  struct Row {
    const char* text;
    const char* printed;
  };
  for (const Row& row : {Row{"2026-11-24T09:04:31Z", "2026-11-24T09:04:31.0000000+00:00"},
                         {"2026-11-24T09:04:31.5Z", "2026-11-24T09:04:31.5000000+00:00"},
                         {"2026-11-24T09:04:31.0000001Z", "2026-11-24T09:04:31.0000001+00:00"},
                         {"2026-11-24T10:04:31.7874689+01:00", "2026-11-24T09:04:31.7874689+00:00"},
                         {"9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59.9999990+00:00"}}) {
    INFO(row.text);
    const auto at = parse_arm_time(row.text);
    REQUIRE(at);
    CHECK(arm_time(*at) == row.printed);
    CHECK(parse_arm_time(arm_time(*at)).value() == *at);
  }
}

TEST_CASE("what az and the SDKs send as an expiry is read", "[emulator]") {
  CHECK(parse_arm_time("2027-01-01T00:00:00.000Z"));
  CHECK(parse_arm_time("2027-01-01T03:00:48.155693Z"));
}

TEST_CASE("what is no time, or beyond the year 9999, is refused", "[emulator]") {
  for (const char* bad : {"", "tomorrow", "2027-01-01", "2027-01-01T00:00:00", "2027-13-01T00:00:00Z",
                          "2027-01-01T00:00:00.12345678Z", "9999-12-31T23:59:59-01:00"}) {
    INFO(bad);
    CHECK_FALSE(parse_arm_time(bad));
  }
}
