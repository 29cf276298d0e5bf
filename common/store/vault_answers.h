// What a vault (HashiCorp Vault, OpenBao) answers over HTTP, read into values. Texts and shapes:
// https://openbao.org/api-docs/ and what OpenBao 2.7 sends. Bounded; never quotes an answer, since a record
// is in some of them. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <stdint.h>

#include <string>
#include <string_view>
#include <vector>

namespace scoped::store {

// Why a vault did not do what it was asked for, as far as its texts say it.
enum class Refusal {
  none,              // it did
  missing,           // 404 without a text: there is no such key, or no such mount for KV version 1
  no_mount,          // 404: nothing is mounted at that path
  cas_mismatch,      // somebody else wrote first
  cas_required,      //
  wrong_version,     // a path of KV version 1 in a mount of version 2
  upgrading,         // a new KV mount that is not ready yet
  denied,            // by policy, or the token is dead: lookup-self tells which
  dead_token,        // said by the client, after lookup-self
  second_factor,     // the login that a request carried wants one
  quota,             // 429
  sealed,            // the vault, or the namespace
  namespace_locked,  //
  no_active_node,    // an election is going on
  unavailable,       // any other 5xx
  redirect,          // to somewhere else than this vault
  other,
};

Refusal refusal_of(int status, std::string_view body);

// One key of KV version 2.
struct VaultDocument {
  int64_t version = 0;    // 0: there is no such key
  bool is_live = false;   // not deleted, not destroyed and not emptied by erase
  bool vanishes = false;  // the vault will delete this version by itself (delete_version_after)
  Secret data;            // the map as JSON, exactly when it is live
};

// All unavailable for what is no such answer: a proxy between may send anything.
Result<VaultDocument> parse_vault_document(std::string_view body);  // a 404 with a body, too
Result<VaultDocument> parse_vault_written(std::string_view body);   // version and vanishes
Result<Secret> parse_vault_map(std::string_view body);              // KV version 1: the map as JSON
Result<std::vector<std::string>> parse_vault_keys(std::string_view body);
Result<bool> parse_deletes_versions(
    std::string_view body);  // metadata or config with delete_version_after > 0

struct VaultMount {
  std::string type;
  int version = 1;  // of KV
};
Result<VaultMount> parse_vault_mount(std::string_view body);

}  // namespace scoped::store
