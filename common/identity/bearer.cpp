#include "common/identity/bearer.h"

#include "common/crypto/digest.h"
#include "common/identity/managed_sources.h"
#include "common/json/value.h"

#include <algorithm>

namespace scoped::identity {
namespace {

constexpr int64_t kLatest = 253'402'300'799;  // the end of the year 9999
constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 16, .values = 4096, .comments = false};

std::optional<Instant> instant_of(const json::Value* exp) {
  if (exp == nullptr) return std::nullopt;
  int64_t seconds = -1;
  if (const int64_t* integer = exp->integer()) seconds = *integer;
  if (const double* real = exp->real(); real != nullptr && *real >= 0 && *real < static_cast<double>(kLatest))
    seconds = static_cast<int64_t>(*real);
  if (seconds < 0 || seconds > kLatest) return std::nullopt;
  return from_unix_seconds(seconds);
}

// The text leaves the document, which is wiped behind it.
Result<Secret> take_token(json::Object& answer) {
  json::Value* value = answer.find("access_token");
  std::string* text = value == nullptr ? nullptr : value->text();
  if (text == nullptr || text->empty())
    return fail(ErrorCode::unavailable, "answer of the token endpoint: it has no text 'access_token'");
  const bool is_plain = std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  Secret token = Secret::take(std::move(*text));
  if (!is_plain)
    return fail(ErrorCode::unavailable,
                "answer of the token endpoint: 'access_token' has characters that no bearer has");
  return token;
}

Result<std::optional<std::chrono::seconds>> seconds_in(const json::Object& answer, std::string_view member) {
  const auto seconds = json::Reader(answer, "answer of the token endpoint").integer_or(member, -1);
  if (!seconds) return fail(Error(seconds.error()).as(ErrorCode::unavailable));
  if (*seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min<int64_t>(*seconds, 10L * 365 * 86'400));
}

// An instant, which hosts of Azure send beside or instead of expires_in: Unix seconds, or a date of 2017's.
std::optional<Instant> expires_on(const json::Object& answer) {
  const json::Value* value = answer.find("expires_on");
  if (value == nullptr) return std::nullopt;
  if (value->text() != nullptr)
    if (const auto date = parse_app_service_time(*value->text())) return date;
  const auto number = json::Reader(answer, "answer of the token endpoint").integer_or("expires_on", -1);
  if (!number || *number < 0 || *number > kLatest) return std::nullopt;
  return from_unix_seconds(*number);
}

std::optional<TimeInterval> end_by_date(const net::Response& answer, const net::ServerTime& time,
                                        std::chrono::seconds lifetime) {
  const auto at_sending = time.at(answer.sent);
  const auto at_receipt = time.at(answer.received);
  if (!at_sending || !at_receipt) return std::nullopt;
  return TimeInterval{at_sending->earliest + lifetime, at_receipt->latest + lifetime};
}

}  // namespace

std::optional<Instant> peek_expiry(const Secret& token) {
  const std::string_view text = token.reveal();
  const size_t first = text.find('.');
  const size_t second = text.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  auto payload = crypto::parse_base64url(text.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  const auto claims = json::parse(*payload, kLimits);
  wipe(*payload);
  return claims ? instant_of(claims->at({"exp"})) : std::nullopt;
}

Result<Bearer> read_bearer(const net::Response& answer, const net::ServerTime& time, Instant local_now) {
  auto document = json::parse(answer.body.reveal(), kLimits);
  json::Object* object = document ? document->object() : nullptr;
  if (object == nullptr)
    return fail(ErrorCode::unavailable, "answer of the token endpoint: it is no JSON object");
  Bearer bearer;
  bearer.token = TRY(take_token(*object));
  bearer.sent = answer.sent;
  const auto lifetime = TRY(seconds_in(*object, "expires_in"));
  auto exp = peek_expiry(bearer.token);
  if (!exp) exp = expires_on(*object);
  if (!lifetime && !exp)
    return fail(ErrorCode::unavailable,
                "answer of the token endpoint: neither 'expires_in' nor the token says when it ends");
  if (exp) bearer.expiry = TimeInterval{*exp, *exp};
  if (!exp) bearer.expiry = end_by_date(answer, time, *lifetime);
  const auto now = time.at(answer.received);
  bearer.ends =
      lifetime ? answer.sent + *lifetime : answer.received + (*exp - (now ? now->latest : local_now));
  if (const auto refresh = TRY(seconds_in(*object, "refresh_in"))) bearer.refresh_at = answer.sent + *refresh;
  return bearer;
}

}  // namespace scoped::identity
