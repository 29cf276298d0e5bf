// A pod that logs in to a vault with its service account's token. The same form fits a vault's JWT login
// (`mount`: jwt) where the token is a projected file.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_kubernetes_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_kubernetes(const config::Typed& settings,
                                                               const Context& context);

}  // namespace scoped::identity
