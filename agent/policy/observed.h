// A registry as its policies are judged and planned on: what the control plane, the store, the data plane and
// the log have told, each as far as it could be asked. Plain data; the pointers outlive it.
#pragma once

#include "agent/registry/control_plane.h"
#include "common/base/time.h"
#include "common/config/config.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scoped::policy {

// What a token's record says of its slots.
struct Keeping {
  std::set<Instant> known;    // creation times of the passwords in it
  std::string external_slot;  // handed to an outsider; empty: none
};

// What the log of logins tells.
struct Usage {
  Instant since{};                          // how far back it reaches
  std::map<std::string, Instant> last_use;  // token -> its last login that was accepted
};

struct Observed {
  const config::Registry* written = nullptr;  // the configuration
  Instant now{};
  registry::RegistryState registry;
  std::vector<registry::ScopeMapState> scope_maps;
  std::vector<registry::TokenState> tokens;
  std::map<std::string, Keeping> records;             // by token; those that are in the store
  std::optional<std::set<std::string>> repositories;  // absent: they could not be listed
  std::optional<Usage> usage;                         // absent: there is no log

  const registry::ScopeMapState* scope_map(const std::string& name) const;
  std::vector<const registry::TokenState*> tokens_of(const std::string& scope_map) const;
};

// Whether a password may still log in.
bool is_live(const registry::SlotState& slot, Instant now);

}  // namespace scoped::policy
