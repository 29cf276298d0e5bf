// Entra client certificate: the client credentials flow with an assertion that the certificate's key signs.
// The file is read again at each login, so that a renewed one is picked up.
//
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> entra_certificate_settings();
Result<std::unique_ptr<net::Authorizer>> make_entra_certificate(const config::Typed& settings,
                                                                const Context& context);

}  // namespace scoped::identity
