// Entra ID's token endpoint for the one application that there is: client_credentials with a client secret or
// an assertion (assertions.h).
// The authority of ADFS gives the same bearers: with it clients do not ask the public cloud first whether
// they may trust us.
#pragma once

#include "tests/emulator/site.h"

#include <string>

namespace scoped::emulator {

extern const Family kEntra;
extern const RouteTable kEntraTokens;
extern const RouteTable kDiscovery;  // the cloud's metadata and OpenID's

// AADSTS90002 when there is no such tenant.
Outcome<> check_tenant(const Turn& turn, const std::string& tenant);

}  // namespace scoped::emulator
