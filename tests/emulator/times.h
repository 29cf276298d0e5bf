// Times as ARM prints and reads them: always 7 fraction digits, always +00:00. Pure.
#pragma once

#include "common/base/time.h"

#include <string>
#include <string_view>

namespace scoped::emulator {

std::string arm_time(Instant at);  // "2026-11-24T09:04:31.0000000+00:00"
// RFC 3339 with at most 7 fraction digits and no later than the year 9999.
Result<Instant> parse_arm_time(std::string_view text);

}  // namespace scoped::emulator
