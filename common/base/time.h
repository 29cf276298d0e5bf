// Instants with the 100 ns digits that Azure prints, strict RFC 3339, and durations as people write them.
// Pure: nothing here asks a clock.
#pragma once

#include "common/base/result.h"

#include <stdint.h>

#include <chrono>
#include <ratio>
#include <string>
#include <string_view>

namespace scoped {

using Ticks = std::chrono::duration<int64_t, std::ratio<1, 10'000'000>>;  // 100 ns
using Instant = std::chrono::time_point<std::chrono::system_clock, Ticks>;
using Seconds = std::chrono::seconds;

// Boot time: counts suspend, never jumps; comparable within one boot only.
struct BootClockTag {
  using duration = Ticks;
  using rep = Ticks::rep;
  using period = Ticks::period;
  static constexpr bool is_steady = true;
  using time_point = std::chrono::time_point<BootClockTag, Ticks>;
};
using BootInstant = BootClockTag::time_point;

// What is known of the present: it is somewhere in [earliest, latest].
struct TimeInterval {
  Instant earliest;
  Instant latest;
};

// Reads exactly the grammar of RFC 3339 with at most 7 fraction digits: date 'T' time, then 'Z' or an offset.
// Anything before, after or between is an error; a leap second (:60) is an error.
Result<Instant> parse_rfc3339(std::string_view text);
// UTC with 'Z'; fraction digits only as far as they are not zero, 7 at most.
std::string format_rfc3339(Instant at);
// "2026-11-24 09:04:31": for tables that people read.
std::string format_for_people(Instant at);

// The Date header of HTTP (IMF-fixdate only, RFC 9110 section 5.6.7).
Result<Instant> parse_http_date(std::string_view text);
std::string format_http_date(Instant at);

// "90d", "8h", "10m", "30s", "500ms": one number, one unit. Negative values and blanks are errors.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// The largest unit that keeps it exact: 7200 s is "2h".
std::string format_duration(std::chrono::milliseconds length);

int64_t unix_seconds(Instant at);
Instant from_unix_seconds(int64_t seconds);

}  // namespace scoped
