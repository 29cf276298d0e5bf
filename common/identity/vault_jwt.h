// A signed token of somebody the vault trusts (a CI system, SPIFFE) as a login to a vault.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_jwt_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_jwt(const config::Typed& settings,
                                                        const Context& context);

}  // namespace scoped::identity
