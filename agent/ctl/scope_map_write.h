// A scope map's update as `scope-map update` and `apply` make it: ARM compares nothing, so the map is read
// again just before the write and just after. Blocks.
#pragma once

#include "agent/registry/control_plane.h"

namespace scoped::ctl {

// conflict: somebody changed it meanwhile; the error says whether anything was sent and what holds now.
Result<registry::ScopeMapState> write_scope_map(registry::ControlPlane& control,
                                                const registry::ScopeMapState& seen,
                                                const registry::ScopeMapChange& change);
// conflict: tokens use it (their names), before or in the last moment.
Result<> remove_scope_map(registry::ControlPlane& control, const std::string& name);
Result<> must_be_unused(registry::ControlPlane& control, const std::string& name);

}  // namespace scoped::ctl
