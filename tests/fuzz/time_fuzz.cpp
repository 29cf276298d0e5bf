// links: base
// Times and durations: what is read is written in the one form that is read as the same again.
#include "common/base/time.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

using namespace scoped;

namespace {

void check_rfc3339(std::string_view text) {
  const auto at = parse_rfc3339(text);
  if (!at) return;
  const std::string written = format_rfc3339(*at);
  CHECK_INVARIANT(text.size() >= 20 && text.size() <= 33);
  CHECK_INVARIANT(text[10] == 'T' && written.back() == 'Z');
  CHECK_INVARIANT(parse_rfc3339(written) == *at);
  CHECK_INVARIANT(format_rfc3339(*parse_rfc3339(written)) == written);
  // In UTC and without needless zeros the text itself is that form.
  if (text.back() == 'Z' && (text.size() == 20 || text[text.size() - 2] != '0'))
    CHECK_INVARIANT(written == text);
  CHECK_INVARIANT(format_for_people(*at).size() == 19);
}

void check_http_date(std::string_view text) {
  const auto at = parse_http_date(text);
  if (!at) return;
  const std::string written = format_http_date(*at);
  CHECK_INVARIANT(parse_http_date(written) == *at);
  CHECK_INVARIANT(written.size() == 29 && written.substr(4) == text.substr(4));  // the weekday may be wrong
}

void check_duration(std::string_view text) {
  const auto length = parse_duration(text);
  if (!length) return;
  CHECK_INVARIANT(length->count() >= 0 && *length <= std::chrono::hours(24) * 366 * 100);
  CHECK_INVARIANT(parse_duration(format_duration(*length)) == *length);
}

// Every instant of the four-digit years can be written and read.
void check_instant(const uint8_t* data, size_t size) {
  constexpr int64_t kFirst = -621'672'192'000'000'000, kCount = 3'155'695'200'000'000'000;
  if (size < sizeof(uint64_t)) return;
  uint64_t number = 0;
  memcpy(&number, data, sizeof number);
  const Instant at(Ticks(kFirst + static_cast<int64_t>(number % kCount)));
  CHECK_INVARIANT(parse_rfc3339(format_rfc3339(at)) == at);
  const Instant second = std::chrono::floor<Seconds>(at);
  CHECK_INVARIANT(parse_http_date(format_http_date(at)) == second);
  CHECK_INVARIANT(from_unix_seconds(unix_seconds(at)) == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_rfc3339(text);
  check_http_date(text);
  check_duration(text);
  check_instant(data, size);
  return 0;
}
