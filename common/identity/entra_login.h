// The client credentials flow of Entra, whatever an application proves itself with.
//
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
#pragma once

#include "common/identity/identity.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::identity {

// Who logs in where, and what for.
struct EntraApplication {
  std::string token_url;
  std::string client_id;
  std::string scope;
  std::string ca_file;
};

// From the settings authority, cloud, tenant, client_id, scope and ca_file.
EntraApplication read_application(const config::Typed& settings, const Context& context);
// "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
std::string token_url(const std::string& authority, const std::string& tenant);

// The fields of the form that prove who it is: a client secret, or the two of an assertion.
using Proof = std::vector<std::pair<std::string_view, std::string_view>>;
Proof assertion_proof(std::string_view assertion);

// One request. `claims`: JSON, empty for none. An answer other than 200 is an error of Entra's.
Result<net::Response> log_in_to_entra(const Context& context, const EntraApplication& application,
                                      const Proof& proof, const std::string& claims);

}  // namespace scoped::identity
