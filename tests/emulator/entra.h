// Entra ID's token endpoint for the one application that there is: client_credentials with a client secret.
#pragma once

#include "tests/emulator/site.h"

namespace scoped::emulator {

extern const Family kEntra;
extern const RouteTable kEntraTokens;

}  // namespace scoped::emulator
