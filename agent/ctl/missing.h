// What is said of a token or scope map that the registry does not have: the nearest one that it has. Blocks.
#pragma once

#include "agent/registry/control_plane.h"

#include <string>
#include <string_view>

namespace scoped::ctl {

Result<registry::TokenState> find_token(registry::ControlPlane& control, const std::string& name);
Result<registry::ScopeMapState> find_scope_map(registry::ControlPlane& control, const std::string& name);
// "'a', 'b' and 3 more"
std::string name_list(const std::vector<std::string>& names);

}  // namespace scoped::ctl
