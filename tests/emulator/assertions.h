// Client assertions: a JWT in the place of a client secret. One that the application signs with the key of
// its certificate, or a federated one that another issuer signs, here the emulator's own.
//
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
#pragma once

#include "tests/emulator/keys.h"
#include "tests/emulator/refusal.h"
#include "tests/emulator/site.h"

#include <string>

namespace scoped::emulator {

// Who the federated token is from and whose it is.
std::string federation_issuer(std::string_view control);
inline constexpr std::string_view kFederatedSubject = "system:serviceaccount:default:acr-emulator";

// What a kubelet would write into AZURE_FEDERATED_TOKEN_FILE.
Result<std::string> make_federated_token(const Signer& signer, std::string_view control, Instant now,
                                         std::chrono::seconds life);

// Admits `assertion` as a login of the one application, or refuses with Entra's number.
Outcome<> check_assertion(const Turn& turn, std::string_view assertion);

}  // namespace scoped::emulator
