// Whether the bearer of a data plane request may do something on a repository, and what it is told if not:
// the registry's 401 with the scope to ask for.
#pragma once

#include "tests/emulator/access_tokens.h"
#include "tests/emulator/site.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::emulator {

// What is needed: {"repository", "demo/app", {"metadata_read"}}, with one action.
struct Admission {
  std::optional<AccessGrant> grant;  // absent: refused
  Answer refusal;
};
Admission admit_to(const Turn& turn, const Scope& needed);

// Whether the bearer of this name is a token that has been disabled or deleted meanwhile, and that counts
// here (Parts::revoke_at_once). Nobody knows whether it does at Azure.
bool is_revoked(const Turn& turn, const std::string& user);

}  // namespace scoped::emulator
