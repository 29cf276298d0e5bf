#include "common/answer/login_codec.h"

#include <stdint.h>

#include <string_view>

namespace scoped::answer {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNumber = 4;

tl::unexpected<Error> broken() { return fail(ErrorCode::corrupt, "saved logins are damaged"); }

size_t size_of(const Logins& logins) {
  size_t size = 1 + kNumber;
  for (const auto& [server_url, login] : logins)
    size += 3 * kNumber + server_url.size() + login.username.size() + login.secret.size();
  return size;
}

void put_number(std::string& bytes, size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((number >> shift) & 0xff);
}

void put_text(std::string& bytes, std::string_view text) {
  put_number(bytes, text.size());
  bytes += text;
}

class Taker {
 public:
  explicit Taker(std::string_view rest) : rest_(rest) {}

  Result<size_t> number() {
    const std::string_view bytes = TRY(take(kNumber));
    size_t value = 0;
    for (size_t i = 0; i < kNumber; ++i)
      value |= static_cast<size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
  }
  Result<std::string_view> text() { return take(TRY(number())); }
  Result<std::string_view> take(size_t size) {
    if (rest_.size() < size) return broken();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

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
  Taker taker(bytes.reveal());
  if (TRY(taker.take(1)).front() != kVersion)
    return fail(ErrorCode::corrupt,
                "saved logins have a form that this version does not know: upgrade docker-credential-scoped");
  Logins logins;
  for (size_t left = TRY(taker.number()); left > 0; --left) {
    const std::string_view server_url = TRY(taker.text());
    const std::string_view username = TRY(taker.text());
    const std::string_view secret = TRY(taker.text());
    if (!logins.empty() && server_url <= logins.rbegin()->first) return broken();
    logins.emplace_hint(logins.end(), server_url, SavedLogin{std::string(username), Secret(secret)});
  }
  if (!taker.at_end()) return broken();
  return logins;
}

}  // namespace scoped::answer
