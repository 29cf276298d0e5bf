// One vault over HTTP: adds what every request carries, follows one redirect within the vault's own origin or
// to one that is configured, tries again where that helps, and tells a dead token from a policy. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/net/authorizer.h"
#include "common/store/vault_answers.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace scoped::store {

struct VaultAnswer {
  int status = 0;
  Refusal refusal = Refusal::none;
  Secret body;
  bool login_failed = false;  // of a login that the request itself carried
  std::optional<std::chrono::seconds> retry_after = {};
  std::string tried;  // "GET https://vault:8200/v1/..."
};

class VaultClient {
 public:
  struct Use {
    net::Transport& transport;
    net::Authorizer& identity;
    Random& random;
    net::Site site;
    std::vector<std::string> also = {};  // other origins of this vault, to which it may redirect
    std::function<bool(std::chrono::milliseconds)> wait;  // as in store::Context
    const Clock& clock;
    bool redirects = true;
    std::optional<std::chrono::milliseconds> timeout = {};  // instead of those of one request
    std::optional<int> retries = {};                        // instead of two
  };
  explicit VaultClient(Use use) : use_(std::move(use)) {}

  // Paths are below /v1/ and escaped. A denial comes after one login anew where the token was dead. Reads are
  // tried up to three times (429, 5xx, lost answers), but not where the vault is sealed. Errors are those of
  // Transport and Authorizer; a lost answer is unavailable.
  Result<VaultAnswer> read(const std::string& path);
  // Leaves at most once, except after 403, 429 and a redirect, which had no effect. ambiguous: it may have
  // been done.
  Result<VaultAnswer> write(const std::string& path, Secret body);

  // One line and a code. `needs`: the capability that the policy must give, e.g. "read on 'secret/data/x'".
  Error error_of(const VaultAnswer& answer, const std::string& needs) const;
  std::string address() const { return use_.site.display(); }

 private:
  using Method = const char*;
  Result<VaultAnswer> patiently(Method method, const std::string& path, const Secret& body);
  Result<VaultAnswer> with_live_token(Method method, const std::string& path, const Secret& body);
  Result<VaultAnswer> redirected(Method method, const std::string& path, const Secret& body);
  Result<net::Response> send(Method method, const std::string& url, const Secret& body);
  bool is_token_dead();
  bool may_follow(const std::string& here, const std::string& location) const;

  Use use_;
};

}  // namespace scoped::store
