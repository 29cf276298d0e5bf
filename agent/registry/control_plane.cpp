#include "agent/registry/control_plane.h"

#include <algorithm>

namespace scoped::registry {

const SlotState* TokenState::slot(const std::string& wanted) const {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [&](const SlotState& each) { return each.name == wanted; });
  return found == slots.end() ? nullptr : &*found;
}

}  // namespace scoped::registry
