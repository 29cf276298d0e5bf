// One Azure Key Vault over HTTP: learns from the vault's challenge what a bearer must be for, adds it, tries
// again where that helps, and answers one refusal of a bearer with a login anew. Thread-safe.
//
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
// https://learn.microsoft.com/azure/key-vault/general/overview-throttling
#pragma once

#include "common/base/random.h"
#include "common/net/authorizer.h"
#include "common/store/key_vault_answers.h"
#include "common/store/types.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scoped::store {

struct KeyVaultAnswer {
  int status = 0;
  KeyVaultRefusal refusal = KeyVaultRefusal::none;
  Secret body;
  std::optional<std::chrono::seconds> retry_after = {};
  std::string tried = {};   // "GET https://corp.vault.azure.net/secrets/...?api-version=7.4"
  std::string tenant = {};  // that the vault's challenge named
};

class KeyVaultClient {
 public:
  struct Use {
    net::Transport& transport;
    std::function<Result<net::Authorizer*>(const net::Site&)> identity;
    Random& random;
    std::string address;  // of the vault, without a slash at its end
    std::string ca_file;
    std::function<bool(std::chrono::milliseconds)> wait;  // as in store::Context
  };
  // REQUIRES: an address that net::parse_url reads.
  explicit KeyVaultClient(Use use);

  // One bearer for a read and the write that rests on it. What it carries is never sent with another: a
  // request that comes late is refused by its end. `path` as below; the vault may be asked for its challenge.
  Result<net::Pinned> pin(const std::string& path);

  // Paths are below the vault's address: "secrets/NAME". Tried up to four times (429, 5xx, lost answers).
  // Errors are those of Transport and Authorizer; a lost answer is unavailable. `pinned` may be null.
  Result<KeyVaultAnswer> read(const std::string& path, const net::Pinned* pinned = nullptr);
  // Every item of a list, page by page. A next page at another origin is an error: no bearer goes there.
  Result<std::vector<KeyVaultSecret>> list(const std::string& path, const std::string& needs);
  // PUT, PATCH, POST or DELETE. Leaves at most once, except after 401 and 429, which had no effect.
  // ambiguous: it may have been done.
  Result<KeyVaultAnswer> write(const char* method, const std::string& path, Secret body,
                               const net::Pinned* pinned = nullptr);

  // One line and a code. `needs`: the permission, as Azure calls it: "get", "set", "list" ...
  Error error_of(const KeyVaultAnswer& answer, const std::string& needs) const;
  const std::string& address() const { return use_.address; }
  // False: asked to stop. Where nobody waits, at once.
  bool pause(std::chrono::milliseconds time) const { return use_.wait && use_.wait(time); }

 private:
  struct Call {
    const char* method;
    std::string url;
    const Secret& body;
    const net::Pinned* pinned = nullptr;
    bool is_read() const { return std::string_view(method) == "GET"; }
  };
  Result<KeyVaultAnswer> patiently(const Call& call);
  Result<KeyVaultAnswer> with_live_bearer(const Call& call);
  Result<net::Response> send(const Call& call, net::Authorizer* identity);
  Result<net::Authorizer*> identity_for(const std::string& url);
  Result<bool> learn_scope(const net::Response& answer);
  std::string url_of(const std::string& path) const;
  KeyVaultAnswer answer_of(net::Response response, const Call& call) const;

  const Use use_;
  const net::Url here_;
  struct Learnt;
  std::shared_ptr<Learnt> learnt_;
};

}  // namespace scoped::store
