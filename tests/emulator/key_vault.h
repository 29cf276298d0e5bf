// The data plane of a Key Vault: secrets with versions, soft delete, the challenge before a bearer. It is
// whatever vault the client believes to speak to: the host of its request is the vault's. Bearers are Entra's
// for that vault, those for ARM are refused, as there.
//
// https://learn.microsoft.com/rest/api/keyvault/secrets
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
#pragma once

#include "tests/emulator/site.h"

namespace scoped::emulator {

extern const Family kKeyVault;
extern const RouteTable kVaultSecrets;

}  // namespace scoped::emulator
