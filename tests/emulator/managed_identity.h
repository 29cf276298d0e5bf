// What a virtual machine or an App Service finds on its own machine: bearers without a secret. Over plain
// HTTP, as there.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// https://learn.microsoft.com/azure/app-service/overview-managed-identity
#pragma once

#include "tests/emulator/site.h"

namespace scoped::emulator {

extern const Family kManagedIdentity;
extern const RouteTable kIdentityTokens;

}  // namespace scoped::emulator
