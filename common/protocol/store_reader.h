// The JSON of `store` as the reference implementation reads it, which is laxer than common/json on purpose
// and must leave no copy of the secret behind: member names in any case, the last of duplicates wins,
// anything may follow the first value, null is the empty text. Pure; used by docker.cpp alone.
#pragma once

#include "common/base/secret.h"

#include <string>
#include <string_view>

namespace scoped::protocol {

struct StoreMembers {
  std::string server_url;
  std::string username;
  Secret secret;
};

// False: no JSON object or null begins the text, a string in it is broken or not UTF-8, a member that we read
// is of another type, or values lie deeper than 64 levels. `members` is then unspecified.
bool read_store_members(std::string_view text, StoreMembers& members);

}  // namespace scoped::protocol
