#include "tests/emulator/times.h"

namespace scoped::emulator {

std::string arm_time(Instant at) {
  const Instant whole = std::chrono::floor<Seconds>(at);
  std::string text = format_rfc3339(whole);
  text.pop_back();  // 'Z'
  std::string digits = std::to_string((at - whole).count());
  return text + "." + std::string(7 - digits.size(), '0') + digits + "+00:00";
}

Result<Instant> parse_arm_time(std::string_view text) {
  const Instant at = TRY(parse_rfc3339(text));
  if (at > Instant(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1)) - Ticks(1))
    return fail(ErrorCode::invalid_input, "later than the year 9999");
  return at;
}

}  // namespace scoped::emulator
