// Entra client secret: the client credentials flow of OAuth 2 with a secret that is read from its source at
// each login, so that a changed one is picked up.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> entra_secret_settings();
Result<std::unique_ptr<net::Authorizer>> make_entra_secret(const config::Typed& settings,
                                                           const Context& context);

}  // namespace scoped::identity
