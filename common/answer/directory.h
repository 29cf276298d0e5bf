// The users and groups of this machine, for resolve_permissions, callers and messages. Asks the name service
// (files, LDAP, whatever is configured): blocking.
#pragma once

#include "common/answer/selection.h"
#include "common/base/env.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace scoped::answer {

Directory system_directory();
// Who this process is, with all its groups. uid 0 is trusted.
Caller read_caller(const Environment& environment);
// Another user with all of their groups, as an agent would see them; nothing where there is no such name.
std::optional<Caller> find_caller(const std::string& user);
std::optional<std::string> name_of_user(uid_t uid);
std::optional<std::string> name_of_group(gid_t gid);

}  // namespace scoped::answer
