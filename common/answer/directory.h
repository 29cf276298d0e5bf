// The users and groups of this machine, for resolve_permissions and for messages. Asks the name service
// (files, LDAP, whatever is configured): blocking.
#pragma once

#include "common/answer/selection.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace scoped::answer {

Directory system_directory();
std::optional<std::string> name_of_group(gid_t gid);

}  // namespace scoped::answer
