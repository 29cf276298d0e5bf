// What Entra's refusal of a login means for the person who reads the line. Pure.
#pragma once

#include "common/net/http.h"

#include <string>

namespace scoped::identity {

// From the answer's body only two identifiers are taken: `error` and the number AADSTSnnnnn, both checked
// letter by letter; never the rest of the description, which names people, applications and addresses.
// `tried` is shown as it is.
Error entra_error(const net::Response& response, std::string tried, Instant now);

}  // namespace scoped::identity
