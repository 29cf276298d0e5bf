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

inline constexpr std::chrono::seconds kAccessLife{4500};  // 75 minutes, as the real ones

Result<std::string> make_access_token(const Signer& signer, const AccessGrant& grant, Instant now,
                                      std::string id, std::chrono::seconds life = kAccessLife);

// What Entra's bearer is exchanged for. It grants nothing itself: it is a login of `user`, good for three
// hours.
Result<std::string> make_refresh_token(const Signer& signer, std::string_view user, std::string_view host,
                                       Instant now, std::string id);
// The user; nothing when it is no refresh token of this host, or past its end.
std::optional<std::string> read_refresh_token(const Signer& signer, std::string_view token,
                                              std::string_view host, Instant now);

// What a token of ours grants at this host; nothing when it is another's or past its end.
std::optional<AccessGrant> read_access_token(const Signer& signer, std::string_view token,
                                             std::string_view host, Instant now);

}  // namespace scoped::emulator
