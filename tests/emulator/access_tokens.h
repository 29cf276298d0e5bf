// The access tokens of the registry's data plane: JWTs that CNCF Distribution accepts, and that say which
// actions on which repositories their bearer has.
#pragma once

#include "tests/emulator/access.h"
#include "tests/emulator/keys.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::emulator {

// The `iss` claim, which Distribution compares.
inline constexpr std::string_view kAccessIssuer = "Azure Container Registry";

struct AccessGrant {
  std::string user;
  std::string host;  // the audience
  std::vector<Scope> access;
};

// Good for 75 minutes, as the real ones are.
Result<std::string> make_access_token(const Signer& signer, const AccessGrant& grant, Instant now,
                                      std::string id);

// What a token of ours grants at this host; nothing when it is another's or past its end.
std::optional<AccessGrant> read_access_token(const Signer& signer, std::string_view token,
                                             std::string_view host, Instant now);

}  // namespace scoped::emulator
