// Scope maps as `scope-map create`, `list` and `show` print them. Pure.
#pragma once

#include "agent/registry/control_plane.h"
#include "common/json/value.h"

#include <string>

namespace scoped::ctl {

// {"name","description","system_defined","repositories":{"myapp/api":["content/read"]},"actions":[...]}
json::Value scope_map_json(const registry::ScopeMapState& map);
// Name and description, then one line for each repository.
std::string scope_map_text(const registry::ScopeMapState& map);
// "myapp/api (content/read, metadata/read); myapp/web (content/read)"
std::string grants_line(const registry::ScopeMapState& map);

}  // namespace scoped::ctl
