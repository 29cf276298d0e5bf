// Azure CLI: whoever is logged in with 'az login' on this machine, for a person at a laptop.
//
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> azure_cli_settings();
// configuration: a setting has characters that no id or name of a tenant or subscription has.
Result<std::unique_ptr<net::Authorizer>> make_azure_cli(const config::Typed& settings,
                                                        const Context& context);

}  // namespace scoped::identity
