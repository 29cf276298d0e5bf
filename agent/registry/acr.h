// The control plane of Azure Container Registry, over ARM (reference acr-and-azure section 1).
#pragma once

#include "agent/registry/control_plane.h"

#include <memory>

namespace scoped::registry {

// REQUIRES: registry.control has the settings of the row "acr". configuration: resource_id, endpoint or
// api_version is not by its grammar.
Result<std::unique_ptr<ControlPlane>> make_acr(const config::Registry& registry, const Context& context);

}  // namespace scoped::registry
