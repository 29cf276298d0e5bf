#include "common/answer/login_codec.h"

#include "common/answer/byte_form.h"

#include <string_view>

namespace scoped::answer {
namespace {

constexpr char kVersion = 1;
constexpr std::string_view kWhat = "saved logins are";

size_t size_of(const Logins& logins) {
  size_t size = 1 + kSizeOfNumber;
  for (const auto& [server_url, login] : logins)
    size += 3 * kSizeOfNumber + server_url.size() + login.username.size() + login.secret.size();
  return size;
}

}  // namespace

Result<Secret> encode_logins(const Logins& logins) {
  const size_t size = size_of(logins);
  if (size > kLargestLogins) return fail(ErrorCode::invalid_input, "there are too many saved logins");
  std::string bytes;
  bytes.reserve(size);  // so that no secret stays behind in a freed buffer
  bytes += kVersion;
  put_number(bytes, logins.size());
  for (const auto& [server_url, login] : logins) {
    put_text(bytes, server_url);
    put_text(bytes, login.username);
    put_text(bytes, login.secret.reveal());
  }
  return Secret::take(std::move(bytes));
}

Result<Logins> parse_logins(const Secret& bytes) {
  Taker taker(bytes.reveal(), kWhat);
  if (TRY(taker.take(1)).front() != kVersion)
    return fail(ErrorCode::corrupt,
                "saved logins have a form that this version does not know: upgrade docker-credential-scoped");
  Logins logins;
  for (size_t left = TRY(taker.number()); left > 0; --left) {
    const std::string_view server_url = TRY(taker.text());
    const std::string_view username = TRY(taker.text());
    const std::string_view secret = TRY(taker.text());
    if (!logins.empty() && server_url <= logins.rbegin()->first) return taker.broken();
    logins.emplace_hint(logins.end(), server_url, SavedLogin{std::string(username), Secret(secret)});
  }
  if (!taker.at_end()) return taker.broken();
  return logins;
}

}  // namespace scoped::answer
