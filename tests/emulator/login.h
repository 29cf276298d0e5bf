// The data plane's own endpoints: /oauth2/token, which turns a token's password into an access token, and
// what the front door asks before it lets a request for a list of tags through to Distribution.
#pragma once

#include "tests/emulator/site.h"

#include <string_view>

namespace scoped::emulator {

// The body of the registry's refusals: {"errors":[...]}.
extern const Family kLogin;

extern const RouteTable
    kLoginToken;                     // /oauth2/token and /exchange, and /v2/ where no Distribution answers it
extern const RouteTable kLoginTags;  // /v2/.../tags/list
extern const RouteTable kAcrV1;      // /acr/v1, and the catalog of /v2
extern const RouteTable kAcrV1Changes;

// The WWW-Authenticate of a refused request, without a blank behind a comma (az splits there). `scope` and
// `error` may be empty.
std::string challenge(std::string_view host, std::string_view scope, std::string_view error);

// Headers by which the front door is told where to go on, and with which bearer.
inline constexpr std::string_view kGoOn = "X-Accel-Redirect";
inline constexpr std::string_view kInnerBearer = "X-Inner-Bearer";
inline constexpr std::string_view kInnerPrefix = "/-/distribution";  // known to the front door alone
inline constexpr std::string_view kInnerClose = "/-/close";

}  // namespace scoped::emulator
