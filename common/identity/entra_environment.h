// The variables by which Azure's tools are told of an application: AZURE_TENANT_ID, AZURE_CLIENT_ID, and
// AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; AZURE_AUTHORITY_HOST for another cloud.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> entra_environment_settings();
// configuration: variables are missing; the line names them.
Result<std::unique_ptr<net::Authorizer>> make_entra_environment(const config::Typed& settings,
                                                                const Context& context);

}  // namespace scoped::identity
