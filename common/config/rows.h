// The rows of the objects that every configuration has: what may stand where. Those of stores, identities,
// control planes, listeners and publishers come through Catalog, those of `rotation` and `copies` stand
// beside the structs that they fill.
#pragma once

#include "common/config/setting.h"

#include <span>

namespace scoped::config {

std::span<const Setting> document_rows();
std::span<const Setting> registry_rows();
std::span<const Setting> scope_map_rows();
std::span<const Setting> token_rows();
std::span<const Setting> allow_rows();
std::span<const Setting> agent_rows();
std::span<const Setting> metrics_rows();

}  // namespace scoped::config
