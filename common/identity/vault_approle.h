// AppRole of a vault: a role's id and, unless the role does without, its secret id. Both are read from their
// sources at each login, so that changed ones are picked up.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_approle_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_approle(const config::Typed& settings,
                                                            const Context& context);

}  // namespace scoped::identity
