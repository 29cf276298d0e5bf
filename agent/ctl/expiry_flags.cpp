#include "agent/ctl/expiry_flags.h"

#include <charconv>

namespace scoped::ctl {
namespace {

constexpr int kMostDays = 3650;

Result<int> parse_days(const std::string& text) {
  int days = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (problem == std::errc() && end == text.data() + text.size() && days >= 1 && days <= kMostDays)
    return days;
  return fail(ErrorCode::invalid_input, "'--expiration-in-days' is '" + text +
                                            "', expected a number from 1 to 3650; no password is made that "
                                            "never expires");
}

// "2027-01-01" is what people write; the time belongs to it.
Result<Instant> parse_expiration(const std::string& text) {
  const auto at = parse_rfc3339(text);
  if (at) return *at;
  const bool is_day = parse_rfc3339(text + "T00:00:00Z").has_value();
  const bool lacks_zone = parse_rfc3339(text + "Z").has_value();
  std::string hint = ", expected a time like '2027-01-01T00:00:00Z'";
  if (is_day) hint = ": did you mean '" + text + "T00:00:00Z'?";
  if (lacks_zone) hint = ": did you mean '" + text + "Z'?";
  return fail(ErrorCode::invalid_input, "'--expiration' is '" + text + "'" + hint);
}

}  // namespace

Result<> check_expiry(const Options& options) {
  if (options.has("expiration") && options.has("expiration-in-days"))
    return fail(ErrorCode::invalid_input, "give '--expiration' or '--expiration-in-days', not both");
  if (const auto text = options.optional("expiration")) TRY(parse_expiration(*text));
  if (const auto text = options.optional("expiration-in-days")) TRY(parse_days(*text));
  return {};
}

Result<std::optional<Instant>> expiry_asked(const Options& options, Instant now) {
  std::optional<Instant> at;
  if (const auto text = options.optional("expiration")) at = TRY(parse_expiration(*text));
  if (const auto text = options.optional("expiration-in-days"))
    at = now + std::chrono::hours(24) * TRY(parse_days(*text));
  if (at && *at <= now)
    return fail(ErrorCode::invalid_input, "'--expiration' " + format_for_people(*at) + " is past");
  return at;
}

}  // namespace scoped::ctl
