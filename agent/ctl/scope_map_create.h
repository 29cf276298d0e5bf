// What `scope-map create` and `token create --repository` share. Blocks on the control plane.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/options.h"
#include "agent/policy/grants.h"
#include "agent/registry/control_plane.h"

#include <optional>
#include <string>

namespace scoped::ctl {

inline constexpr Flag kRepositoryFlag = {
    .name = "repository",
    .value = "REPOSITORY ACTION...",
    .help = "A repository and the actions that are allowed there; may be given again for the next one.",
    .repeated = true,
    .completes = Names::repository};

// invalid_input: '--description' is longer than the registry takes.
Result<> check_description(const Options& options);

struct WantedScopeMap {
  std::string name;
  std::optional<std::string> description;  // nothing: any
  policy::Grants grants;
};
struct EnsuredScopeMap {
  registry::ScopeMapState map;
  bool is_new = false;
};
// Made, or there already as wanted. conflict: it is there with other actions, and stays so.
Result<EnsuredScopeMap> ensure_scope_map(registry::ControlPlane& control, const WantedScopeMap& wanted);

}  // namespace scoped::ctl
