// Whatever works here, in the order of Azure's own DefaultAzureCredential: the environment, workload
// identity, managed identity, the Azure CLI. The first that logs in is kept. Where none does, the error lists
// what each one said.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> entra_chain_settings();
// configuration: $AZURE_TOKEN_CREDENTIALS is neither dev nor prod.
Result<std::unique_ptr<net::Authorizer>> make_entra_chain(const config::Typed& settings,
                                                          const Context& context);

}  // namespace scoped::identity
