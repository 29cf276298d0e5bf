// What a server asks for in WWW-Authenticate (RFC 9110 section 11.6.1). Pure.
#pragma once

#include "common/net/authorizer.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::net {

// The parameters of one challenge; names in lower case.
struct Challenge {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string_view find(std::string_view name) const;  // empty where absent
};

// The first challenge of the scheme Bearer in a header, which may hold several. Nothing where there is none,
// or the header is longer than 16 KiB or broken.
std::optional<Challenge> parse_bearer_challenge(std::string_view header);
// The same over all headers of that name.
std::optional<Challenge> bearer_challenge(const Response& answer);

// Tells an identity of a 401: a bearer with other claims is wanted ("insufficient_claims"), or another one.
void tell_refused(Authorizer& identity, const Response& answer);

}  // namespace scoped::net
