// The names that go into ARM's URLs, each by its grammar (reference acr-and-azure 1.6): nothing that passes
// here can leave its place in a path. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <string>
#include <string_view>

namespace scoped::registry {

// The name of the registry, the last part of
// "/subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerRegistry/registries/NAME".
Result<std::string> parse_resource_id(std::string_view text);
// ARM's words are compared without regard to case (ASCII).
bool is_same_word(std::string_view a, std::string_view b);
bool is_api_version(std::string_view text);  // "2023-07-01", "2021-06-01-preview"

// A name that may stand in a URL and in a message; for what exists already.
Result<> check_name(std::string_view kind, std::string_view name);
// What ARM accepts for a new one: 5 to 50 letters, digits and '-' (a scope map: '_' too); a token does not
// begin with a digit.
Result<> check_new_token(std::string_view name);
Result<> check_new_scope_map(std::string_view name);

// "2027-01-01T00:00:00.0000000Z": always all 7 digits, so that the echo can be compared digit by digit.
std::string format_expiry(Instant at);

}  // namespace scoped::registry
