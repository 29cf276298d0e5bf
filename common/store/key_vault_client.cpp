#include "common/store/key_vault_client.h"

#include "common/net/retry.h"

#include <array>
#include <mutex>

namespace scoped::store {
namespace {

using std::chrono::milliseconds;

// The oldest that every cloud and the emulators have, and all that is used here is in it.
constexpr std::string_view kVersion = "api-version=7.4";
constexpr net::RetryPolicy kRetries{.attempts = 4,
                                    .base = milliseconds(1'000),
                                    .ceiling = milliseconds(8'000),
                                    .longest_retry_after = milliseconds(10'000)};
constexpr size_t kMostPages = 4'000;
constexpr std::chrono::seconds kLeastLeft{2};  // of a pinned bearer

// Vaults of these domains are not asked first what a bearer is for.
struct Domain {
  std::string_view suffix;
  std::string_view scope;
};
constexpr std::array kDomains = {
    Domain{".vault.azure.net", "https://vault.azure.net/.default"},
    Domain{".vault.azure.cn", "https://vault.azure.cn/.default"},
    Domain{".vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default"},
};

std::string known_scope(std::string_view host) {
  for (const Domain& each : kDomains)
    if (host.ends_with(each.suffix)) return std::string(each.scope);
  return {};
}

// A write is sent again only where the vault did not do it.
bool is_worth_another(KeyVaultRefusal refusal, bool is_read) {
  return refusal == KeyVaultRefusal::throttled || (is_read && refusal == KeyVaultRefusal::unavailable);
}

struct Line {
  ErrorCode code;
  std::string text;
};

Line line_of(const KeyVaultAnswer& answer, const std::string& needs) {
  const std::string status = "HTTP " + std::to_string(answer.status);
  switch (answer.refusal) {
    case KeyVaultRefusal::missing:
      return {ErrorCode::not_found, status + ": the Key Vault has no such secret"};
    case KeyVaultRefusal::disabled:
      return {ErrorCode::denied,
              "the latest version of the secret is disabled: enable it ('az keyvault secret set-attributes "
              "--enabled true')"};
    case KeyVaultRefusal::deleted:
      return {ErrorCode::unavailable,
              "the secret is deleted: recover it ('az keyvault secret recover') or purge it"};
    case KeyVaultRefusal::in_transition:
      return {ErrorCode::unavailable,
              "the secret is just being deleted, recovered or purged: try again in a moment"};
    case KeyVaultRefusal::firewall:
      return {ErrorCode::unavailable,
              "the Key Vault's firewall does not let this machine in: allow its address or network there"};
    case KeyVaultRefusal::private_only:
      return {ErrorCode::unavailable,
              "the Key Vault is reached over its private endpoint only: let its name lead there"};
    case KeyVaultRefusal::role:
      return {ErrorCode::denied, "the Key Vault denies it: give the identity a role that may " + needs +
                                     " secrets ('Key Vault Secrets Officer', or 'User' to read only)"};
    case KeyVaultRefusal::policy:
      return {ErrorCode::denied,
              "the Key Vault denies it: its access policy must allow the identity to " + needs + " secrets"};
    case KeyVaultRefusal::wrong_tenant:
      return {ErrorCode::login, "the identity is of another tenant than the Key Vault" +
                                    (answer.tenant.empty() ? "" : ", which is of " + answer.tenant) +
                                    ": check the identity's tenant"};
    case KeyVaultRefusal::unauthorized:
      return {ErrorCode::login,
              "the Key Vault refuses the bearer of the identity: check its tenant and cloud"};
    case KeyVaultRefusal::throttled:
      return {ErrorCode::unavailable, status + ": the Key Vault's rate limit is reached: try again later"};
    case KeyVaultRefusal::too_large:
      return {ErrorCode::invalid_input, status + ": the record is too large for a Key Vault"};
    case KeyVaultRefusal::unavailable:
      return {ErrorCode::unavailable, status + ": the Key Vault does not work now: try again later"};
    case KeyVaultRefusal::none:
    case KeyVaultRefusal::other:
      break;
  }
  return {ErrorCode::unavailable,
          status + ": that is no answer that a Key Vault gives here: check 'address'"};
}

}  // namespace

struct KeyVaultClient::Learnt {
  std::mutex mutex;
  std::string scope;
};

KeyVaultClient::KeyVaultClient(Use use)
    : use_(std::move(use)), here_(net::parse_url(use_.address).value()), learnt_(std::make_shared<Learnt>()) {
  learnt_->scope = known_scope(here_.host);
}

Error KeyVaultClient::error_of(const KeyVaultAnswer& answer, const std::string& needs) const {
  Line line = line_of(answer, needs);
  return Error(line.code, std::move(line.text))
      .with_http_status(answer.status)
      .with_retry_after(answer.retry_after)
      .within(answer.tried);
}

std::string KeyVaultClient::url_of(const std::string& path) const {
  std::string url = use_.address + "/" + path;
  url += path.find('?') == std::string::npos ? '?' : '&';
  return url.append(kVersion);
}

KeyVaultAnswer KeyVaultClient::answer_of(net::Response response, const Call& call) const {
  KeyVaultAnswer answer;
  answer.status = response.status;
  answer.refusal = key_vault_refusal(response.status, response.body.reveal());
  answer.retry_after = response.retry_after(response.date.value_or(Instant{}));
  if (const auto challenge = net::bearer_challenge(response)) answer.tenant = challenged_tenant(*challenge);
  answer.body = std::move(response.body);
  answer.tried = std::string(call.method) + " " + net::display_url(call.url);
  return answer;
}

// Without an identity neither a bearer nor the body leaves.
Result<net::Response> KeyVaultClient::send(const Call& call, net::Authorizer* identity) {
  net::Request request;
  request.method = identity == nullptr ? "GET" : call.method;
  request.url = call.url;
  request.headers = {{"Accept", "application/json"}};
  request.ca_file = use_.ca_file;
  request.limits.connect = std::chrono::seconds(3);
  request.limits.total = call.is_read() ? std::chrono::seconds(5) : std::chrono::seconds(15);
  if (identity == nullptr) return use_.transport.send(request);
  if (!call.is_read()) {
    request.body = call.body.clone();
    request.content_type = "application/json";
    request.once = true;
  }
  if (call.pinned != nullptr)
    request.bearer(call.pinned->bearer);
  else
    TRY(identity->authorize(request));
  return use_.transport.send(request);
}

// Whether the challenge asks for another bearer than we have asked for so far.
Result<bool> KeyVaultClient::learn_scope(const net::Response& answer) {
  const auto challenge = net::bearer_challenge(answer);
  if (!challenge || (challenge->find("scope").empty() && challenge->find("resource").empty())) return false;
  std::string scope = TRY(challenged_scope(*challenge, here_.host));
  const std::lock_guard lock(learnt_->mutex);
  if (scope == learnt_->scope) return false;
  learnt_->scope = std::move(scope);
  return true;
}

Result<net::Authorizer*> KeyVaultClient::identity_for(const std::string& url) {
  const auto learnt = [this] {
    const std::lock_guard lock(learnt_->mutex);
    return learnt_->scope;
  };
  std::string scope = learnt();
  if (scope.empty()) {
    const std::string tried = "GET " + net::display_url(url);
    const auto answer = TRY(send({"GET", url, Secret()}, nullptr));
    if (answer.status == 401) (void)TRY_WITH(learn_scope(answer), tried);
    scope = learnt();  // another thread's answer may have told it before ours
    if (answer.status != 401 || scope.empty())
      return fail(
          Error(ErrorCode::unavailable, "HTTP " + std::to_string(answer.status) +
                                            " without a challenge: that is no Key Vault: check 'address'")
              .within(tried));
  }
  net::Site site;
  site.scope = std::move(scope);
  return use_.identity(site);
}

// Two refusals may follow each other: one for the usual bearer and one that asks for more claims.
Result<KeyVaultAnswer> KeyVaultClient::with_live_bearer(const Call& call) {
  bool renewed = false, claimed = false;
  while (true) {
    net::Authorizer* identity = TRY(identity_for(call.url));
    net::Response response = TRY(send(call, identity));
    if (response.status != 401) return answer_of(std::move(response), call);
    if (call.pinned != nullptr) {
      net::tell_refused(*identity, response);  // so that the next pin is another
      return answer_of(std::move(response), call);
    }
    const auto challenge = net::bearer_challenge(response);
    bool& answered = challenge && !challenge->find("claims").empty() ? claimed : renewed;
    if (answered) return answer_of(std::move(response), call);
    answered = true;
    if (!TRY_WITH(learn_scope(response), std::string(call.method) + " " + net::display_url(call.url)))
      net::tell_refused(*identity, response);
  }
}

Result<KeyVaultAnswer> KeyVaultClient::patiently(const Call& call) {
  for (int attempt = 1;; ++attempt) {
    auto answer = with_live_bearer(call);
    const bool again = answer ? is_worth_another(answer->refusal, call.is_read())
                              : call.is_read() && answer.error().code() == ErrorCode::ambiguous;
    const auto asked = answer ? answer->retry_after : answer.error().retry_after();
    if (!again || !use_.wait || attempt == kRetries.attempts || asked > kRetries.longest_retry_after)
      return answer;
    if (!use_.wait(net::retry_delay(kRetries, attempt, asked, use_.random)))
      return fail(ErrorCode::cancelled, "asked to stop");
  }
}

Result<net::Pinned> KeyVaultClient::pin(const std::string& path) {
  return TRY(identity_for(url_of(path)))->pin(kLeastLeft);
}

Result<KeyVaultAnswer> KeyVaultClient::read(const std::string& path, const net::Pinned* pinned) {
  auto answer = patiently({"GET", url_of(path), Secret(), pinned});
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  return answer;
}

Result<std::vector<KeyVaultSecret>> KeyVaultClient::list(const std::string& path, const std::string& needs) {
  std::vector<KeyVaultSecret> all;
  std::string url = url_of(path);
  for (size_t pages = 0; pages < kMostPages; ++pages) {
    const KeyVaultAnswer answer = TRY(patiently({"GET", url, Secret()}));
    if (answer.refusal != KeyVaultRefusal::none) return fail(error_of(answer, needs));
    KeyVaultPage page = TRY_WITH(parse_key_vault_page(answer.body.reveal()), answer.tried);
    for (KeyVaultSecret& each : page.items) all.push_back(std::move(each));
    if (page.next.empty()) return all;
    const auto next = net::parse_url(page.next);
    if (!next || next->origin() != here_.origin())
      return fail(Error(ErrorCode::unavailable, "its next page is at another address, which is not followed")
                      .within(answer.tried));
    url = page.next;
  }
  return fail(ErrorCode::unavailable, "GET " + net::display_url(url) + ": the list does not end");
}

Result<KeyVaultAnswer> KeyVaultClient::write(const char* method, const std::string& path, Secret body,
                                             const net::Pinned* pinned) {
  return patiently({method, url_of(path), body, pinned});
}

}  // namespace scoped::store
