#include "common/base/time.h"

#include <stdio.h>

#include <array>
#include <charconv>
#include <optional>

namespace scoped {
namespace {

using std::chrono::days;

// A cursor over a text: each step consumes what it matched or fails for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

  // Exactly `width` ASCII digits.
  int digits(int width) {
    int value = 0;
    for (int i = 0; i < width; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  void expect(std::string_view literal) { ok_ = accept(literal) && ok_; }
  void refuse() { ok_ = false; }

  bool accept(std::string_view literal) {
    if (!ok_ || rest_.substr(0, literal.size()) != literal) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  bool at_digit() const { return ok_ && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct CivilTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int64_t ticks = 0;  // of 100 ns within the second
};

std::optional<Instant> instant_of(const CivilTime& t) {
  const std::chrono::year_month_day date{std::chrono::year(t.year),
                                         std::chrono::month(static_cast<unsigned>(t.month)),
                                         std::chrono::day(static_cast<unsigned>(t.day))};
  if (!date.ok() || t.hour > 23 || t.minute > 59 || t.second > 59) return std::nullopt;
  const auto midnight = std::chrono::sys_days(date);
  return Instant(midnight.time_since_epoch()) + std::chrono::hours(t.hour) + std::chrono::minutes(t.minute) +
         std::chrono::seconds(t.second) + Ticks(t.ticks);
}

// The years 0000 to 9999.
constexpr Instant kFirst{std::chrono::sys_days(std::chrono::year(0) / 1 / 1).time_since_epoch()};
constexpr Instant kLast =
    Instant(std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1).time_since_epoch()) - Ticks(1);

int64_t scan_fraction(Scanner& scan) {
  int64_t ticks = 0;
  int seen = 0;
  for (; scan.at_digit() && seen < 8; ++seen) ticks = ticks * 10 + scan.digits(1);
  if (seen == 0 || seen > 7) scan.refuse();
  for (; seen < 7; ++seen) ticks *= 10;
  return ticks;
}

// Minutes east of UTC.
int scan_offset(Scanner& scan) {
  if (scan.accept("Z")) return 0;
  const bool east = scan.accept("+");
  if (!east) scan.expect("-");
  const int hours = scan.digits(2);
  scan.expect(":");
  const int minutes = scan.digits(2);
  if (hours > 23 || minutes > 59) scan.refuse();
  return (east ? 1 : -1) * (hours * 60 + minutes);
}

struct Split {
  std::chrono::year_month_day date;
  int64_t seconds_of_day;
  int64_t ticks;
};

Split split(Instant at) {
  const auto midnight = std::chrono::floor<days>(at);
  const int64_t ticks = (at - midnight).count();
  return {std::chrono::year_month_day(std::chrono::sys_days(midnight.time_since_epoch())), ticks / 10'000'000,
          ticks % 10'000'000};
}

// At least so many characters, with zeros in front. REQUIRES: value > INT_MIN.
void add_digits(int value, size_t width, std::string& to) {
  std::array<char, 16> digits;
  if (value < 0) {
    to += '-';
    value = -value;
    --width;
  }
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const auto length = static_cast<size_t>(end - digits.data());
  if (length < width) to.append(width - length, '0');
  to.append(digits.data(), length);
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

int scan_month(Scanner& scan) {
  for (size_t i = 0; i < kMonths.size(); ++i)
    if (scan.accept(kMonths[i])) return static_cast<int>(i) + 1;
  scan.refuse();
  return 0;
}

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};
// Largest first, for format_duration.
constexpr std::array<Unit, 5> kUnits = {
    Unit{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

}  // namespace

Result<Instant> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  CivilTime t;
  t.year = scan.digits(4);
  scan.expect("-");
  t.month = scan.digits(2);
  scan.expect("-");
  t.day = scan.digits(2);
  scan.expect("T");
  t.hour = scan.digits(2);
  scan.expect(":");
  t.minute = scan.digits(2);
  scan.expect(":");
  t.second = scan.digits(2);
  if (scan.accept(".")) t.ticks = scan_fraction(scan);
  const int offset = scan_offset(scan);
  const auto local = instant_of(t);
  // An offset may lead out of the four digits that a year has.
  const auto utc = local ? std::optional(*local - std::chrono::minutes(offset)) : std::nullopt;
  if (!scan.done() || !utc || *utc < kFirst || *utc > kLast)
    return fail(ErrorCode::invalid_input, "not an RFC 3339 time with at most 7 fraction digits");
  return *utc;
}

std::string format_rfc3339(Instant at) {
  const Split s = split(at);
  std::string out;
  out.reserve(32);
  add_digits(static_cast<int>(s.date.year()), 4, out);
  out += '-';
  add_digits(static_cast<int>(static_cast<unsigned>(s.date.month())), 2, out);
  out += '-';
  add_digits(static_cast<int>(static_cast<unsigned>(s.date.day())), 2, out);
  out += 'T';
  add_digits(static_cast<int>(s.seconds_of_day / 3600), 2, out);
  out += ':';
  add_digits(static_cast<int>(s.seconds_of_day / 60 % 60), 2, out);
  out += ':';
  add_digits(static_cast<int>(s.seconds_of_day % 60), 2, out);
  if (s.ticks != 0) {
    out += '.';
    add_digits(static_cast<int>(s.ticks), 7, out);
    while (out.back() == '0') out.pop_back();
  }
  out += 'Z';
  return out;
}

std::string format_for_people(Instant at) {
  std::string text = format_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
  text[10] = ' ';
  text.pop_back();
  return text;
}

Result<Instant> parse_http_date(std::string_view text) {
  Scanner scan(text);
  bool weekday = false;
  for (std::string_view name : kWeekdays) weekday = weekday || scan.accept(name);
  scan.expect(", ");
  CivilTime t;
  t.day = scan.digits(2);
  scan.expect(" ");
  t.month = scan_month(scan);
  scan.expect(" ");
  t.year = scan.digits(4);
  scan.expect(" ");
  t.hour = scan.digits(2);
  scan.expect(":");
  t.minute = scan.digits(2);
  scan.expect(":");
  t.second = scan.digits(2);
  scan.expect(" GMT");
  const auto at = instant_of(t);
  if (!weekday || !scan.done() || !at) return fail(ErrorCode::invalid_input, "not an HTTP date");
  return *at;
}

std::string format_http_date(Instant at) {
  const Split s = split(at);
  const std::chrono::weekday weekday{std::chrono::sys_days(s.date)};
  char text[48];
  const int length = snprintf(
      text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kWeekdays[weekday.c_encoding()].data(),
      static_cast<unsigned>(s.date.day()), kMonths[static_cast<unsigned>(s.date.month()) - 1].data(),
      static_cast<int>(s.date.year()), static_cast<int>(s.seconds_of_day / 3600),
      static_cast<int>(s.seconds_of_day / 60 % 60), static_cast<int>(s.seconds_of_day % 60));
  return {text, static_cast<size_t>(length)};
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr int64_t kLongest = int64_t{366} * 100 * 86'400'000;  // a century: the sums below cannot overflow
  size_t digits = 0;
  int64_t value = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 15)
    value = value * 10 + (text[digits++] - '0');
  for (const Unit& unit : kUnits)
    if (digits > 0 && text.substr(digits) == unit.name && value <= kLongest / unit.milliseconds)
      return std::chrono::milliseconds(value * unit.milliseconds);
  return fail(ErrorCode::invalid_input, "not a duration such as 90d, 8h, 10m, 30s or 500ms");
}

std::string format_duration(std::chrono::milliseconds length) {
  if (length.count() == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (length.count() % unit.milliseconds == 0)
      return std::to_string(length.count() / unit.milliseconds).append(unit.name);
  return {};
}

int64_t unix_seconds(Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

Instant from_unix_seconds(int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

}  // namespace scoped
