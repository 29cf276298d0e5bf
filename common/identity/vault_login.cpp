#include "common/identity/vault_login.h"

#include "common/identity/vault_lifetime.h"
#include "common/json/value.h"
#include "common/net/pace.h"

#include <algorithm>
#include <mutex>

namespace scoped::identity {
namespace {

using std::chrono::seconds;

constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 16, .values = 4096, .comments = false};
constexpr seconds kUnknownFor{60};  // until the life of a given token is looked up
constexpr int64_t kLongest = int64_t{100} * 366 * 86'400;

class VaultLoginCache final : public net::Authorizer {
 public:
  VaultLoginCache(std::string name, Context context, VaultFlow flow)
      : name_(std::move(name)),
        context_(std::move(context)),
        flow_(std::move(flow)),
        is_inline_(context_.brief && flow_.log_in_with) {}

  Result<> authorize(net::Request& request) override;
  void refused() override;
  Result<net::Pinned> pin(seconds min_left) override;

 private:
  // All with the mutex held.
  Result<> log_in();
  Result<> make_fresh();
  void look_up();
  bool renew();
  bool keep(std::optional<seconds> lifetime, bool renewable, BootInstant since);

  std::string intention() const { return "identity '" + name_ + "'"; }

  const std::string name_;
  const Context context_;
  const VaultFlow flow_;
  std::mutex mutex_;
  bool is_inline_;
  std::optional<VaultLease> lease_;
  seconds longest_{0};  // that the vault gave it at once
  Ticks grace_{0};
  int failures_ = 0;
  BootInstant due_{};   // when to look, renew or log in again
  BootInstant ends_{};  // where its life is known and ends
};

// False: what is left of its life is not worth a renewal.
bool VaultLoginCache::keep(std::optional<seconds> lifetime, bool renewable, BootInstant since) {
  lease_->lifetime = lifetime;
  lease_->renewable = renewable;
  ends_ = due_ = BootInstant::max();
  if (!lifetime) {
    due_ = since + kUnknownFor;
    return true;
  }
  if (lifetime->count() == 0) return true;
  if (*lifetime > longest_) {
    longest_ = *lifetime;
    grace_ = grace_of(longest_, context_.random);
  }
  const auto wait = wait_to_renew(*lifetime, grace_);
  ends_ = since + *lifetime;
  due_ = wait ? since + *wait : since;
  return wait.has_value();
}

Result<> VaultLoginCache::log_in() {
  const BootInstant sent = context_.clock.boot_now();
  lease_ = TRY(flow_.log_in());
  longest_ = seconds(0);
  failures_ = 0;
  keep(lease_->lifetime, lease_->renewable, sent);
  return {};
}

// A vault that cannot be asked now is asked again after another minute; a dead token shows at its next use.
void VaultLoginCache::look_up() {
  const BootInstant sent = context_.clock.boot_now();
  due_ = sent + kUnknownFor;
  const auto answer = ask_vault(context_, {.method = "GET",
                                           .path = "auth/token/lookup-self",
                                           .token = &lease_->token,
                                           .certificate = flow_.certificate});
  if (!answer || answer->status != 200) return;
  const auto life = read_lookup(*answer);
  if (life) keep(life->lifetime, life->renewable, sent);
}

// False: a login is needed, since the vault gives it no new life or only the rest of its longest one.
bool VaultLoginCache::renew() {
  if (!lease_->renewable) return false;
  const BootInstant sent = context_.clock.boot_now();
  const auto answer = ask_vault(context_, {.method = "POST",
                                           .path = "auth/token/renew-self",
                                           .body = Secret("{}"),
                                           .token = &lease_->token,
                                           .certificate = flow_.certificate});
  if (!answer) return false;
  const auto renewed = read_lease(*answer, "renew-self");
  return renewed && keep(renewed->lifetime, renewed->renewable, sent);
}

Result<> VaultLoginCache::make_fresh() {
  const BootInstant now = context_.clock.boot_now();
  if (lease_ && now < due_) return {};
  if (!lease_) return log_in();
  if (!lease_->lifetime) {
    look_up();
    return {};
  }
  if (now < ends_ && renew()) {
    failures_ = 0;
    return {};
  }
  auto done = log_in();
  if (done || now >= ends_) return done;
  // The old one serves on; not every request tries anew.
  due_ = std::min(now + wait_after_failure(++failures_, context_.random), ends_);
  return {};
}

Result<> VaultLoginCache::authorize(net::Request& request) {
  const std::lock_guard lock(mutex_);
  if (is_inline_) {
    TRY_WITH(flow_.log_in_with(request), intention());
    return {};
  }
  TRY_WITH(make_fresh(), intention());
  std::erase_if(request.secret_headers, [](const auto& each) { return each.first == "X-Vault-Token"; });
  request.secret_headers.emplace_back("X-Vault-Token", lease_->token.clone());
  return {};
}

// Of an inline login this is no more than a suspicion: the vault may not know it. A login tells.
void VaultLoginCache::refused() {
  const std::lock_guard lock(mutex_);
  is_inline_ = false;
  lease_.reset();
}

Result<net::Pinned> VaultLoginCache::pin(seconds) {
  return fail(ErrorCode::configuration,
              intention() + ": it logs in to a vault, and a control plane takes no token of a vault");
}

json::Value* member_of(json::Value& document, std::string_view outer, std::string_view inner) {
  json::Object* object = document.object();
  json::Value* found = object == nullptr ? nullptr : object->find(outer);
  object = found == nullptr ? nullptr : found->object();
  return object == nullptr ? nullptr : object->find(inner);
}

tl::unexpected<Error> no_answer(const std::string& tried, const char* why) {
  return fail(ErrorCode::unavailable, tried + ": that is no answer of a vault: " + why);
}

Result<VaultLease> read_life(json::Value& document, std::string_view outer, std::string_view inner,
                             const std::string& tried) {
  const json::Value* life = member_of(document, outer, inner);
  const json::Value* renewable = member_of(document, outer, "renewable");
  const int64_t* length = life == nullptr ? nullptr : life->integer();
  if (length == nullptr || *length < 0 || *length > kLongest)
    return no_answer(tried, "it does not say how long the token lives");
  VaultLease lease;
  lease.lifetime = seconds(*length);
  const bool* value = renewable == nullptr ? nullptr : renewable->boolean();
  lease.renewable = value != nullptr && *value;
  return lease;
}

bool says(const net::Response& answer, std::string_view text) {
  return answer.body.reveal().find(text) != std::string_view::npos;
}

}  // namespace

std::unique_ptr<net::Authorizer> make_vault_login(std::string name, const Context& context, VaultFlow flow) {
  return std::make_unique<VaultLoginCache>(std::move(name), context, std::move(flow));
}

Error login_error(const net::Response& answer, const std::string& tried) {
  const auto made = [&](ErrorCode code, const char* why) {
    return Error(code, std::string(why))
        .with_http_status(answer.status)
        .with_retry_after(answer.retry_after(answer.date.value_or(Instant{})))
        .within(tried);
  };
  if (says(answer, "is sealed")) return made(ErrorCode::unavailable, "the vault is sealed: unseal it");
  if (says(answer, "locked by an administrator"))
    return made(ErrorCode::unavailable, "the vault's namespace is locked by an administrator: unlock it");
  if (answer.status == 429)
    return made(ErrorCode::unavailable, "the vault's rate limit is reached: try again later");
  if (answer.status >= 500)
    return made(ErrorCode::unavailable, "the vault does not work now: try again later");
  if (answer.status == 400 || answer.status == 401 || answer.status == 403)
    return made(ErrorCode::login,
                "the vault refuses the login: check what it is given, and whether it has lapsed");
  if (answer.status == 404)
    return made(ErrorCode::login,
                "the vault has no such login: check the identity's mount and the namespace");
  return made(ErrorCode::unavailable, "that is no answer of a vault: check its address");
}

Result<net::Site> site_of_vault(const Context& context) {
  if (context.site) return *context.site;
  return fail(ErrorCode::configuration, "it logs in to a vault, so only a store of type 'vault' can use it");
}

Result<net::Response> ask_vault(const Context& context, const VaultQuestion& question) {
  const net::Site site = TRY(site_of_vault(context));
  net::Request request;
  request.method = question.method;
  request.url = site.address + "/v1/" + question.path;
  site.prepare(request);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("X-Vault-Request", "true");
  if (!question.body.empty()) request.content_type = "application/json";
  request.body = question.body.clone();
  if (question.certificate != nullptr) request.certificate = question.certificate;
  request.limits.body_bytes = 256 << 10;
  if (question.token != nullptr)
    request.secret_headers.emplace_back("X-Vault-Token", question.token->clone());
  if (!net::wait_for_turn(site.pace.get(), context.clock, context.wait))
    return fail(ErrorCode::cancelled, "asked to stop");
  auto answer = context.transport.send(request);
  // A login or a renewal whose answer is lost may simply be tried again.
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  return answer;
}

Result<VaultLease> read_lease(const net::Response& answer, const std::string& tried) {
  if (answer.status != 200) return fail(login_error(answer, tried));
  auto document = json::parse(answer.body.reveal(), kLimits);
  if (!document) return no_answer(tried, "no JSON object");
  if (const json::Value* wants = member_of(*document, "auth", "mfa_requirement");
      wants != nullptr && wants->object() != nullptr)
    return fail(ErrorCode::login,
                tried +
                    ": the vault asks for a second factor: set $BAO_MFA, or use an identity "
                    "that logs in without one");
  VaultLease lease = TRY(read_life(*document, "auth", "lease_duration", tried));
  json::Value* token = member_of(*document, "auth", "client_token");
  if (token == nullptr || token->text() == nullptr) return no_answer(tried, "it has no 'auth.client_token'");
  auto plain = plain_token(Secret::take(std::move(*token->text())));
  if (!plain) return no_answer(tried, "its token has characters that no token has");
  lease.token = std::move(*plain);
  return lease;
}

Result<VaultLease> read_lookup(const net::Response& answer) {
  auto document = json::parse(answer.body.reveal(), kLimits);
  if (!document) return no_answer("lookup-self", "no JSON object");
  return read_life(*document, "data", "ttl", "lookup-self");
}

Result<Secret> plain_token(Secret text) {
  std::string_view kept = text.reveal();
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = std::min(kept.find_first_not_of(kBlanks), kept.size());
  kept.remove_prefix(first);
  kept = kept.substr(0, kept.find_last_not_of(kBlanks) + 1);
  const bool plain = std::all_of(kept.begin(), kept.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (kept.empty()) return fail(ErrorCode::invalid_input, "the token is empty");
  if (!plain) return fail(ErrorCode::invalid_input, "the token has characters that no token of a vault has");
  return kept.size() == text.size() ? std::move(text) : Secret(kept);
}

}  // namespace scoped::identity
