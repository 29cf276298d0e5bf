#include "agent/registry/control_plane.h"

#include <algorithm>
#include <utility>

namespace scoped::registry {

const SlotState* TokenState::slot(const std::string& wanted) const {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [&](const SlotState& each) { return each.name == wanted; });
  return found == slots.end() ? nullptr : &*found;
}

Result<> ControlPlane::each_token(const std::function<void(TokenState)>& tell) {
  for (TokenState& token : TRY(list_tokens())) tell(std::move(token));
  return {};
}

}  // namespace scoped::registry
