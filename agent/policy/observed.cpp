#include "agent/policy/observed.h"

#include <algorithm>

namespace scoped::policy {

const registry::ScopeMapState* Observed::scope_map(const std::string& name) const {
  const auto found = std::find_if(scope_maps.begin(), scope_maps.end(),
                                  [&name](const registry::ScopeMapState& map) { return map.name == name; });
  return found == scope_maps.end() ? nullptr : &*found;
}

std::vector<const registry::TokenState*> Observed::tokens_of(const std::string& scope_map) const {
  std::vector<const registry::TokenState*> found;
  for (const registry::TokenState& token : tokens)
    if (token.scope_map == scope_map) found.push_back(&token);
  return found;
}

bool is_live(const registry::SlotState& slot, Instant now) {
  return !slot.expires_at || *slot.expires_at > now;
}

}  // namespace scoped::policy
