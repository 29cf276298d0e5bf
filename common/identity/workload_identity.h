// Workload identity: a token that another issuer (Kubernetes, a CI) writes into a file proves who we are to
// Entra. The file is read at each login, since its writer renews it.
//
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> workload_identity_settings();
// configuration: a setting is neither in the configuration nor in the variable that the webhook of AKS sets.
Result<std::unique_ptr<net::Authorizer>> make_workload_identity(const config::Typed& settings,
                                                                const Context& context);

}  // namespace scoped::identity
