// Times and durations as text. Not tested here: the clocks of the machine (clock_test).
#include "common/base/time.h"

#include "tests/support/catch.h"

#include <iterator>

using namespace scoped;
using namespace std::chrono_literals;

namespace {

// Ticks since 1970, or nothing for a text that is refused.
std::optional<int64_t> ticks(std::string_view text) {
  const auto at = parse_rfc3339(text);
  if (!at) return std::nullopt;
  return at->time_since_epoch().count();
}

std::string again(std::string_view text) { return format_rfc3339(parse_rfc3339(text).value()); }

}  // namespace

TEST_CASE("a time of RFC 3339 is read to 100 ns", "[base]") {
  struct Row {
    const char* text;
    int64_t ticks;
  };
  constexpr int64_t kSecond = 10'000'000;
  const Row rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.0000001Z", 1},
      {"1970-01-01T00:00:00.1Z", 1'000'000},
      {"1970-01-01T00:00:00.123456Z", 1'234'560},
      {"1970-01-01T00:00:00.0000000Z", 0},
      {"1969-12-31T23:59:59.9999999Z", -1},
      {"1970-01-01T01:00:00+01:00", 0},
      {"1969-12-31T18:30:00-05:30", 0},
      {"1970-01-01T00:00:00-00:00", 0},
      {"1970-01-02T00:00:00+23:59", 60 * kSecond},
      {"2000-02-29T00:00:00Z", 951'782'400 * kSecond},
      {"2021-06-09T09:51:03.4873142+00:00", 16'232'322'634'873'142},
      {"9999-12-31T23:59:59.9999999Z", 253'402'300'800 * kSecond - 1},
      {"0000-01-01T00:00:00Z", -62'167'219'200 * kSecond},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(ticks(row.text) == row.ticks);
  }
}

TEST_CASE("a text that is not exactly a time of RFC 3339 is refused", "[base]") {
  for (const char* text : {"",
                           "2026",
                           "2026-01-01",
                           "2026-01-01T00:00Z",
                           "2026-01-01T00:00:00",
                           "2026-01-01 00:00:00Z",
                           "2026-01-01t00:00:00Z",
                           "2026-01-01T00:00:00z",
                           " 2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00Z ",
                           "2026-01-01T00:00:00Z\n",
                           "2026-01-01T00:00:00ZZ",
                           "2026-01-01T00:00:00.12345678Z",
                           "2026-01-01T00:00:00.00000000Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:60Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-1-01T00:00:00Z",
                           "+026-01-01T00:00:00Z",
                           "12026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00+0000",
                           "2026-01-01T00:00:00+00",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+00:60",
                           "2026-01-01T00:00:00 +00:00",
                           "2026-01-01T00:00:-1Z",
                           "2026-01-01T00:00:00.a fraction of 1 to 7 digitsZ",
                           "2026-01-01T00:00:00+99:00an offset within a day",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "0x26-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK(!ticks(text));
  }
}

TEST_CASE("every cut of a time is refused", "[base]") {
  const std::string whole = "2026-11-24T09:04:31.1234567+01:00";
  REQUIRE(ticks(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    CHECK(!ticks(std::string_view(whole).substr(0, length)));
  }
}

TEST_CASE("a zero byte does not end a time", "[base]") {
  CHECK(!ticks(std::string_view("2026-01-01T00:00:00Z\0", 21)));
}

TEST_CASE("a time is written in UTC with the digits that it needs", "[base]") {
  CHECK(again("2026-11-24T09:04:31Z") == "2026-11-24T09:04:31Z");
  CHECK(again("2026-11-24T09:04:31.5000000Z") == "2026-11-24T09:04:31.5Z");
  CHECK(again("2026-11-24T09:04:31.0000001Z") == "2026-11-24T09:04:31.0000001Z");
  CHECK(again("2026-11-24T09:04:31.1234567+05:30") == "2026-11-24T03:34:31.1234567Z");
  CHECK(again("1969-12-31T23:59:59.9Z") == "1969-12-31T23:59:59.9Z");
  CHECK(again("0000-01-01T00:00:00Z") == "0000-01-01T00:00:00Z");
  CHECK(again("9999-12-31T23:59:59.9999999Z") == "9999-12-31T23:59:59.9999999Z");
}

TEST_CASE("people read a time without its letters and fractions", "[base]") {
  CHECK(format_for_people(parse_rfc3339("2026-11-24T09:04:31.9Z").value()) == "2026-11-24 09:04:31");
  CHECK(format_for_people(parse_rfc3339("1969-12-31T23:59:59.9Z").value()) == "1969-12-31 23:59:59");
}

TEST_CASE("the date of HTTP is read and written", "[base]") {
  const auto at = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(at);
  CHECK(unix_seconds(*at) == 784'111'777);
  CHECK(format_http_date(*at) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_http_date(from_unix_seconds(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("other forms of HTTP dates are refused", "[base]") {
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:60 GMT", "06 Nov 1994 08:49:37 GMT",
        "SunMon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 a month 1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK(!parse_http_date(text));
  }
}

TEST_CASE("a duration is one number and one unit", "[base]") {
  CHECK(parse_duration("90d").value() == 24h * 90);
  CHECK(parse_duration("8h").value() == 8h);
  CHECK(parse_duration("10m").value() == 10min);
  CHECK(parse_duration("30s").value() == 30s);
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("0s").value() == 0s);
  CHECK(parse_duration("007s").value() == 7s);
  CHECK(parse_duration("36600d").value() == 24h * 36'600);
  for (const char* text :
       {"", "8", "h", "8 h", " 8h", "8h ", "-8h", "+8h", "8H", "1.5h", "1h30m", "8min", "8w", "36601d",
        "3162240001s", "999999999999999d", "9999999999999999999999s", "8h\n"}) {
    INFO(text);
    CHECK(!parse_duration(text));
  }
}

TEST_CASE("a duration is written in the largest unit that keeps it exact", "[base]") {
  CHECK(format_duration(7200s) == "2h");
  CHECK(format_duration(7201s) == "7201s");
  CHECK(format_duration(24h * 90) == "90d");
  CHECK(format_duration(90min) == "90m");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(0s) == "0s");
}

TEST_CASE("whole seconds are rounded down, before 1970 too", "[base]") {
  CHECK(unix_seconds(parse_rfc3339("1970-01-01T00:00:01.9Z").value()) == 1);
  CHECK(unix_seconds(parse_rfc3339("1969-12-31T23:59:59.9Z").value()) == -1);
  CHECK(format_rfc3339(from_unix_seconds(951'782'400)) == "2000-02-29T00:00:00Z");
}
