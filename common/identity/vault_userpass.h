// A user of a vault with a password.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_userpass_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_userpass(const config::Typed& settings,
                                                             const Context& context);

}  // namespace scoped::identity
