// The repositories that a registry holds, as its data plane lists them to whoever the identity is (reference
// acr-and-azure 2.1): the control plane's bearer is exchanged for the registry's own. Blocks; thread-safe.
#pragma once

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/net/authorizer.h"

#include <string>
#include <vector>

namespace scoped::registry {

// Every page. denied: the identity may not list them (it needs AcrPull or more beside the control plane's
// role).
Result<std::vector<std::string>> list_repositories(const config::Registry& registry,
                                                   net::Transport& transport, net::Authorizer& identity);

}  // namespace scoped::registry
