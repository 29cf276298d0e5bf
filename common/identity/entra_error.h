// What Entra's refusal of a login means for the person who reads the line. Pure.
#pragma once

#include "common/net/http.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::identity {

// From the answer's body only two identifiers are taken: `error` and the number AADSTSnnnnn, both checked
// letter by letter; never the rest of the description, which names people, applications and addresses.
// `tried` is shown as it is.
Error entra_error(const net::Response& response, std::string tried, Instant now);

// The same for a text that another program prints: "remedy (AADSTS700082)". Nothing without a known number.
std::optional<std::string> entra_remedy_in(std::string_view text);

}  // namespace scoped::identity
