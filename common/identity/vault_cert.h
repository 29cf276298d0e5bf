// A login to a vault by a TLS client certificate. The vault renews the token only for the same certificate.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_cert_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_cert(const config::Typed& settings,
                                                         const Context& context);

}  // namespace scoped::identity
