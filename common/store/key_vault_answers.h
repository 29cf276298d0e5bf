// What an Azure Key Vault answers over HTTP, read into values. Bounded; never quotes an answer, since a
// record is in some of them. Pure.
//
// https://learn.microsoft.com/rest/api/keyvault/secrets
// https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/net/challenge.h"

#include <stdint.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::store {

// Why a Key Vault did not do what it was asked for.
enum class KeyVaultRefusal {
  none,           // it did
  missing,        // there is no secret of that name, or it is deleted
  disabled,       // the version that was asked for is disabled
  deleted,        // the name is taken by a deleted secret that can be recovered
  in_transition,  // it is being deleted, recovered or purged
  firewall,       // this machine's address is not allowed
  private_only,   // public access is off
  role,           // by Azure RBAC
  policy,         // by an access policy
  wrong_tenant,   // the bearer is of another tenant than the vault
  unauthorized,   // any other 401
  throttled,      // 429
  too_large,      // the value
  unavailable,    // 5xx
  other,
};

KeyVaultRefusal key_vault_refusal(int status, std::string_view body);

// One version of a secret.
struct KeyVaultSecret {
  std::string name;
  std::string version;  // empty in the list of secrets
  bool enabled = true;
  std::string content_type;
  std::string provider_address;  // the tag
  int64_t created = 0;           // Unix seconds
  Secret value;                  // empty where the answer has none
};

// All unavailable for what is no such answer: a proxy between may send anything.
Result<KeyVaultSecret> parse_key_vault_secret(std::string_view body);

struct KeyVaultPage {
  std::vector<KeyVaultSecret> items;
  std::string next;  // the address of the next page; empty: this is the last
};
Result<KeyVaultPage> parse_key_vault_page(std::string_view body);

// The scope that a challenge asks a bearer for. denied: it is for something else than the vault at `host` and
// the domains that this is in, so that a vault could use the bearer elsewhere.
Result<std::string> challenged_scope(const net::Challenge& challenge, const std::string& host);
// The tenant that a challenge names, if it is plain.
std::string challenged_tenant(const net::Challenge& challenge);

}  // namespace scoped::store
