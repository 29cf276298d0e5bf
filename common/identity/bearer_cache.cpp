#include "common/identity/bearer_cache.h"

#include "common/crypto/digest.h"
#include "common/json/value.h"

#include <algorithm>

namespace scoped::identity {
namespace {

using std::chrono::seconds;

constexpr seconds kEarly{300};
constexpr seconds kLong{2 * 3600};

// When the endpoint says so; of a long life in its middle, else shortly before its end.
BootInstant due_for(const Bearer& bearer) {
  if (bearer.refresh_at && *bearer.refresh_at < bearer.ends) return *bearer.refresh_at;
  const Ticks life = std::max(bearer.ends - bearer.sent, Ticks(0));
  return bearer.ends - (life >= kLong ? life / 2 : std::min<Ticks>(kEarly, life / 3));
}

std::string in_seconds(Ticks length) {
  return std::to_string(std::chrono::floor<seconds>(length).count()) + " s";
}

class BearerCache final : public net::Authorizer {
 public:
  BearerCache(std::string name, const Clock& clock, Login login)
      : name_(std::move(name)), clock_(clock), login_(std::move(login)) {}

  Result<> authorize(net::Request& request) override;
  void refused() override { refused_for(""); }
  void refused_for(const std::string& claims) override;
  Result<net::Pinned> pin(seconds min_left) override;

 private:
  // All with the mutex held.
  Result<> log_in();
  Result<> make_fresh();
  std::optional<Ticks> left() const;  // nothing: unknown, or no bearer
  Result<net::Pinned> pin_fresh(seconds min_left);

  std::string intention() const { return "identity '" + name_ + "'"; }

  const std::string name_;
  const Clock& clock_;
  const Login login_;
  std::mutex mutex_;
  net::ServerTime time_;  // of the token endpoint
  std::optional<Bearer> bearer_;
  BootInstant login_due_{};
  std::string claims_;  // that the next login is to ask for, as JSON
};

// What a server sends is passed on only where it is a JSON object of a sensible size.
std::string readable_claims(const std::string& encoded) {
  constexpr size_t kLongest = 8 << 10;
  if (encoded.empty() || encoded.size() > kLongest) return {};
  auto text = crypto::parse_base64url(encoded);
  if (!text) text = crypto::parse_base64(encoded);
  if (!text) return {};
  const auto document = json::parse(*text);
  return document && document->object() != nullptr ? *text : std::string();
}

Result<> BearerCache::log_in() {
  const net::Response answer = TRY(login_(claims_));
  if (answer.date) time_.learn(*answer.date, answer.sent, answer.received);
  bearer_ = TRY(read_bearer(answer, time_, clock_.now()));
  claims_.clear();
  login_due_ = due_for(*bearer_);
  return {};
}

Result<> BearerCache::make_fresh() {
  const BootInstant now = clock_.boot_now();
  if (bearer_ && now < login_due_) return {};
  auto done = log_in();
  if (done || !bearer_ || now >= bearer_->ends) return done;
  login_due_ = now + (bearer_->ends - now) / 4;  // the old one serves on; not every request tries anew
  return {};
}

Result<> BearerCache::authorize(net::Request& request) {
  const std::lock_guard lock(mutex_);
  TRY_WITH(make_fresh(), intention());
  request.bearer(bearer_->token);
  return {};
}

void BearerCache::refused_for(const std::string& claims) {
  const std::lock_guard lock(mutex_);
  bearer_.reset();
  claims_ = readable_claims(claims);
}

std::optional<Ticks> BearerCache::left() const {
  if (!bearer_ || !bearer_->expiry) return std::nullopt;
  const auto now = time_.at(clock_.boot_now());
  return bearer_->expiry->earliest - (now ? now->latest : clock_.now());
}

Result<net::Pinned> BearerCache::pin_fresh(seconds min_left) {
  if (left().value_or(Ticks(-1)) < min_left) TRY(log_in());
  const auto rest = left();
  if (!rest)
    return fail(
        ErrorCode::unavailable,
        "when its bearer ends cannot be told: the token is no JWT with 'exp' and the answer has no Date");
  if (*rest < min_left)
    return fail(ErrorCode::configuration, "a new bearer has only " + in_seconds(*rest) + " left, but " +
                                              in_seconds(min_left) +
                                              " are needed: lower rotation.fence_min or have the provider "
                                              "hand out longer ones");
  return net::Pinned{bearer_->token.clone(), *bearer_->expiry};
}

Result<net::Pinned> BearerCache::pin(seconds min_left) {
  const std::lock_guard lock(mutex_);
  return TRY_WITH(pin_fresh(min_left), intention());
}

}  // namespace

std::unique_ptr<net::Authorizer> make_bearer_cache(std::string name, const Clock& clock, Login login) {
  return std::make_unique<BearerCache>(std::move(name), clock, std::move(login));
}

}  // namespace scoped::identity
