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

// One login. Never called by two threads at once.
using VaultLogin = std::function<Result<VaultLease>()>;

// Adds "X-Vault-Token". Renews when two thirds of the life are over, and logs in again where the vault does
// not renew it to nearly its full length; where that fails too, the old token serves until it ends. refused()
// drops the token. pin() is a configuration error: a vault's token says nothing to a control plane. Errors
// begin with "identity 'NAME'". REQUIRES: context.site.
std::unique_ptr<net::Authorizer> make_vault_login(std::string name, const Context& context, VaultLogin login);

// configuration: the identity is asked for by something that is no vault.
Result<net::Site> site_of_vault(const Context& context);

// One request to the vault's own paths below /v1/. With a token it carries that one.
Result<net::Response> ask_vault(const Context& context, const char* method, const std::string& path,
                                const Secret& body, const Secret* token);
// `auth` of a login's or a renewal's answer. login: the vault does not take what it was given; unavailable:
// anything else than such an answer. Never quotes it.
Result<VaultLease> read_lease(const net::Response& answer, const std::string& tried);
// What lookup-self says of a token's life; `token` stays empty.
Result<VaultLease> read_lookup(const net::Response& answer);

// The token as it stands in a file or variable, without blanks at its ends. invalid_input: empty, or
// characters that no token has.
Result<Secret> plain_token(Secret text);

}  // namespace scoped::identity
