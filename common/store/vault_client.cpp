#include "common/store/vault_client.h"

#include "common/net/pace.h"
#include "common/net/retry.h"

#include <algorithm>

namespace scoped::store {
namespace {

constexpr const char* kGet = "GET";
constexpr const char* kPost = "POST";
constexpr net::RetryPolicy kRetries{.attempts = 3,
                                    .base = std::chrono::milliseconds(200),
                                    .ceiling = std::chrono::milliseconds(2'000),
                                    .longest_retry_after = std::chrono::milliseconds(5'000)};

// A write is sent again only where the vault did not look at it.
bool is_worth_another(Refusal refusal, bool is_read) {
  switch (refusal) {
    case Refusal::quota:
      return true;
    case Refusal::upgrading:
    case Refusal::no_active_node:
    case Refusal::unavailable:
      return is_read;
    default:
      return false;
  }
}

struct Line {
  ErrorCode code;
  std::string text;
};

Line line_of(const VaultAnswer& answer, const std::string& needs) {
  const std::string status = "HTTP " + std::to_string(answer.status);
  switch (answer.refusal) {
    case Refusal::denied:
      return {ErrorCode::denied, "the vault denies it: its policy must allow " + needs};
    case Refusal::dead_token:
      return {ErrorCode::login, "the vault's token has lapsed or was revoked: log in anew"};
    case Refusal::second_factor:
      return {
          ErrorCode::login,
          "the vault asks for a second factor: set $BAO_MFA, or use an identity that logs in without one"};
    case Refusal::no_mount:
      return {ErrorCode::denied, "the vault has nothing mounted there: check 'mount' and 'namespace'"};
    case Refusal::missing:
      return {ErrorCode::not_found, status + ": the vault has no such path"};
    case Refusal::cas_mismatch:
      return {ErrorCode::conflict, "somebody else wrote it first: read it again"};
    case Refusal::cas_required:
      return {ErrorCode::internal, "the vault says that a compare-and-set is required, though one was sent"};
    case Refusal::wrong_version:
      return {ErrorCode::configuration,
              "the vault's mount is KV version 2: set 'kv_version' to 2, or leave it out"};
    case Refusal::upgrading:
      return {ErrorCode::unavailable, "the vault is still making this mount: try again in a moment"};
    case Refusal::quota:
      return {ErrorCode::unavailable, "the vault's rate limit is reached: try again later"};
    case Refusal::sealed:
      return {ErrorCode::unavailable, "the vault is sealed: unseal it"};
    case Refusal::namespace_locked:
      return {ErrorCode::unavailable, "the vault's namespace is locked by an administrator: unlock it"};
    case Refusal::no_active_node:
      return {ErrorCode::unavailable, "the vault has no active node now: try again in a moment"};
    case Refusal::redirect:
      return {ErrorCode::unavailable, status +
                                          ": the vault sends us to another address, which is not followed: "
                                          "name it in 'redirect_to', or configure "
                                          "the active node's"};
    case Refusal::unavailable:
      return {ErrorCode::unavailable, status + ": the vault does not work now: try again later"};
    case Refusal::none:
    case Refusal::other:
      break;
  }
  return {ErrorCode::unavailable, status + ": that is no answer that a vault gives here: check 'address'"};
}

}  // namespace

Error VaultClient::error_of(const VaultAnswer& answer, const std::string& needs) const {
  Line line = line_of(answer, needs);
  return Error(line.code, std::move(line.text))
      .with_http_status(answer.status)
      .with_retry_after(answer.retry_after)
      .within(answer.tried);
}

Result<net::Response> VaultClient::send(Method method, const std::string& url, const Secret& body) {
  net::Request request;
  request.method = method;
  request.url = url;
  use_.site.prepare(request);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("X-Vault-Request", "true");
  // A standby may lag behind a rotation; one that cannot forward ignores this.
  request.headers.emplace_back("X-Vault-Inconsistent", "forward-active-node");
  request.limits.connect = std::chrono::seconds(3);
  request.limits.total = method == kPost ? std::chrono::seconds(15) : std::chrono::seconds(5);
  if (use_.timeout) request.limits.total = *use_.timeout;
  if (method == kPost) {
    request.body = body.clone();
    request.content_type = "application/json";
    request.once = true;
  }
  TRY(use_.identity.authorize(request));
  if (!net::wait_for_turn(use_.site.pace.get(), use_.clock, use_.wait))
    return fail(ErrorCode::cancelled, "asked to stop");
  return use_.transport.send(request);
}

// A token goes to no other origin than those that were configured.
bool VaultClient::may_follow(const std::string& here, const std::string& location) const {
  const auto there = net::parse_url(location);
  if (!there || !use_.redirects) return false;
  const auto ours = net::parse_url(here);
  return (ours && ours->origin() == there->origin()) ||
         std::find(use_.also.begin(), use_.also.end(), there->origin()) != use_.also.end();
}

Result<VaultAnswer> VaultClient::redirected(Method method, const std::string& path, const Secret& body) {
  const std::string url = use_.site.address + "/v1/" + path;
  net::Response response = TRY(send(method, url, body));
  if (response.status == 301 || response.status == 302 || response.status == 307) {
    const std::string location(response.header("Location"));
    if (may_follow(url, location)) response = TRY(send(method, location, body));
  }
  VaultAnswer answer;
  answer.status = response.status;
  answer.refusal = refusal_of(response.status, response.body.reveal());
  answer.login_failed = !response.header("X-Vault-Inline-Auth-Failed").empty();
  answer.retry_after = response.retry_after(response.date.value_or(Instant{}));
  answer.body = std::move(response.body);
  answer.tried = std::string(method) + " " + net::display_url(url);
  return answer;
}

// Where even this is not allowed, a login anew does no harm.
bool VaultClient::is_token_dead() {
  const auto answer = redirected(kGet, "auth/token/lookup-self", {});
  return answer && (answer->login_failed || answer->refusal == Refusal::denied);
}

Result<VaultAnswer> VaultClient::with_live_token(Method method, const std::string& path, const Secret& body) {
  VaultAnswer answer = TRY(redirected(method, path, body));
  const bool is_dead = answer.login_failed || (answer.refusal == Refusal::denied && is_token_dead());
  if (!is_dead) return answer;
  use_.identity.refused();
  answer = TRY(redirected(method, path, body));
  if (answer.refusal == Refusal::denied && is_token_dead()) answer.refusal = Refusal::dead_token;
  return answer;
}

Result<VaultAnswer> VaultClient::patiently(Method method, const std::string& path, const Secret& body) {
  const bool is_read = method == kGet;
  const int attempts = use_.retries ? *use_.retries + 1 : kRetries.attempts;
  for (int attempt = 1;; ++attempt) {
    auto answer = with_live_token(method, path, body);
    const bool again = answer ? is_worth_another(answer->refusal, is_read)
                              : is_read && answer.error().code() == ErrorCode::ambiguous;
    const auto asked = answer ? answer->retry_after : answer.error().retry_after();
    if (!again || !use_.wait || attempt == attempts || asked > kRetries.longest_retry_after) return answer;
    if (!use_.wait(net::retry_delay(kRetries, attempt, asked, use_.random)))
      return fail(ErrorCode::cancelled, "asked to stop");
  }
}

Result<VaultAnswer> VaultClient::read(const std::string& path) {
  auto answer = patiently(kGet, path, {});
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  return answer;
}

Result<VaultAnswer> VaultClient::write(const std::string& path, Secret body) {
  return patiently(kPost, path, body);
}

}  // namespace scoped::store
