// An Authorizer over any flow that ends in a token of a vault (HashiCorp Vault, OpenBao): keeps the token,
// renews it or logs in again before it ends, and lets many threads wait for one login. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/identity/identity.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::identity {

struct VaultLease {
  Secret token;
  // Absent: not known yet; it is looked up once the token has been in use for a minute, which a program that
  // is started for one pull never reaches. 0: it does not end.
  std::optional<std::chrono::seconds> lifetime;
  bool renewable = false;
};

// How an identity logs in. Neither function is ever called by two threads at once.
struct VaultFlow {
  std::function<Result<VaultLease>()> log_in;
  // Puts the login into a request (OpenBao's inline authentication); empty: this one cannot.
  std::function<Result<>(net::Request&)> log_in_with = {};
  std::shared_ptr<const net::ClientCertificate> certificate = {};  // that a renewal must show again
};

// Adds "X-Vault-Token". Renews by the rule of vault_lifetime.h, and logs in again where the vault gives
// hardly any life more; where that fails too, the old token serves until it ends. For a brief program
// (Context) the login goes into the request, until a vault that does not know this refuses it. refused()
// drops the token. pin() is a configuration error: a vault's token says nothing to a control plane. Errors
// begin with "identity 'NAME'". REQUIRES: context.site.
std::unique_ptr<net::Authorizer> make_vault_login(std::string name, const Context& context, VaultFlow flow);

// configuration: the identity is asked for by something that is no vault.
Result<net::Site> site_of_vault(const Context& context);

// One request to the vault's own paths below /v1/. Any answer of the vault is a Response.
struct VaultQuestion {
  const char* method;
  std::string path;
  Secret body = {};
  const Secret* token = nullptr;                                   // null: it carries none
  std::shared_ptr<const net::ClientCertificate> certificate = {};  // null: the site's, if it has one
};
Result<net::Response> ask_vault(const Context& context, const VaultQuestion& question);
// Why a login was refused, in one line that never quotes the answer.
Error login_error(const net::Response& answer, const std::string& tried);
// `auth` of a login's or a renewal's answer. login: the vault does not take what it was given; unavailable:
// anything else than such an answer. Never quotes it.
Result<VaultLease> read_lease(const net::Response& answer, const std::string& tried);
// What lookup-self says of a token's life; `token` stays empty.
Result<VaultLease> read_lookup(const net::Response& answer);

// The token as it stands in a file or variable, without blanks at its ends. invalid_input: empty, or
// characters that no token has.
Result<Secret> plain_token(Secret text);

}  // namespace scoped::identity
