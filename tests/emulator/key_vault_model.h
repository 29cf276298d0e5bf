// The secrets of a Key Vault as plain data: names with versions, deleted ones that can be recovered. It knows
// no HTTP and no clock. A refused operation changes nothing. Not thread-safe: Site holds the lock. What is in
// it ends with the program.
//
// https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
// https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
#pragma once

#include "common/base/random.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "tests/emulator/refusal.h"

#include <stdint.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::emulator {

inline constexpr size_t kLongestVaultValue = 25 << 10;
inline constexpr size_t kMostVaultTags = 15;

// What a body sets; an absent member was not sent.
struct VaultBody {
  std::optional<Secret> value;
  std::optional<std::string> content_type;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<bool> enabled;
  std::optional<int64_t> not_before;
  std::optional<int64_t> expires;
};

struct VaultVersion {
  std::string id;
  Secret value;
  std::string content_type;
  std::map<std::string, std::string> tags;
  bool enabled = true;
  std::optional<int64_t> not_before, expires;  // Unix seconds
  int64_t created = 0, updated = 0;
};

struct VaultSecret {
  std::string name;  // as it was first written; found in any case
  std::vector<VaultVersion> versions;
  std::optional<Instant> deleted_at;

  const VaultVersion& latest() const { return versions.back(); }
};

// A refusal's code may have a second one behind a '/': that of the error within the error.
class VaultModel {
 public:
  // A new version. 409 while the name is deleted, 400 for a name, value or tag that is none.
  Outcome<const VaultSecret*> set(const std::string& name, VaultBody body, Instant now, Random& random);
  // `version` empty: the latest. 404, or 403 where that version is disabled and `with_value`.
  Outcome<const VaultVersion*> get(const std::string& name, const std::string& version,
                                   bool with_value) const;
  Outcome<const VaultVersion*> update(const std::string& name, const std::string& version,
                                      const VaultBody& body, Instant now);
  Outcome<const VaultSecret*> find(const std::string& name) const;          // 404 also while it is deleted
  Outcome<const VaultSecret*> find_deleted(const std::string& name) const;  // 404
  Outcome<const VaultSecret*> remove(const std::string& name, Instant now);
  Outcome<const VaultSecret*> recover(const std::string& name);
  Outcome<> purge(const std::string& name);

  // By name in lower case.
  const std::map<std::string, VaultSecret>& all() const { return secrets_; }

 private:
  std::map<std::string, VaultSecret> secrets_;
};

}  // namespace scoped::emulator
