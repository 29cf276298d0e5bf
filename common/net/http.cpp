#include "common/net/http.h"

#include <stdint.h>
#include <strings.h>

#include <algorithm>
#include <charconv>

namespace scoped::net {
namespace {

constexpr std::chrono::seconds kLongestWait = std::chrono::hours(24);

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Base64 with padding, appended. Here and not from crypto: net may use base only.
void append_base64(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
}

void set_authorization(Request& request, std::string&& value) {
  auto& headers = request.secret_headers;
  headers.erase(std::remove_if(headers.begin(), headers.end(),
                               [](const auto& each) { return same_name(each.first, "Authorization"); }),
                headers.end());
  headers.emplace_back("Authorization", Secret::take(std::move(value)));
}

}  // namespace

std::string Route::key() const { return proxy + "\n" + socket + "\n" + server_name + "\n" + service; }

void Request::bearer(const Secret& token) {
  std::string value;
  value.reserve(7 + token.size());
  set_authorization(*this, std::move(value.append("Bearer ").append(token.reveal())));
}

void Request::basic(std::string_view user, const Secret& password) {
  std::string plain;
  plain.reserve(user.size() + 1 + password.size());
  plain.append(user).append(":").append(password.reveal());
  std::string value;
  value.reserve(6 + (plain.size() + 2) / 3 * 4);
  value.append("Basic ");
  append_base64(value, plain);
  wipe(plain);
  set_authorization(*this, std::move(value));
}

void Request::form(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  size_t longest = 0;
  for (const auto& [name, value] : fields) longest += 3 * (name.size() + value.size()) + 2;
  std::string text;
  text.reserve(longest);
  for (const auto& [name, value] : fields) {
    std::string encoded = percent_encode(value);
    if (!text.empty()) text += '&';
    text.append(percent_encode(name)).append("=").append(encoded);
    wipe(encoded);
  }
  body = Secret::take(std::move(text));
  content_type = "application/x-www-form-urlencoded";
}

std::string_view Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

std::optional<std::chrono::seconds> Response::retry_after(Instant now) const {
  const std::string_view text = header("Retry-After");
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t wait = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wait);
    if (error != std::errc()) return kLongestWait;
    return std::min<std::chrono::seconds>(std::chrono::seconds(wait), kLongestWait);
  }
  const auto until = parse_http_date(text);
  if (!until) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*until - date.value_or(now));
  return std::clamp<std::chrono::seconds>(wait, std::chrono::seconds(0), kLongestWait);
}

}  // namespace scoped::net
