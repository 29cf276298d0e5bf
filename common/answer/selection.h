// Which token answers whom (SERVING 7.3). Pure: reads the configuration only.
#pragma once

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/protocol/docker.h"
#include "common/record/names.h"

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace scoped::answer {

struct Caller {
  uid_t uid = 0;
  std::vector<gid_t> gids;
  bool trusted = false;  // uid 0, or the uid whose own configuration this is: may use every token
};

// `allow` with its names resolved. A token without an entry is open to nobody but trusted callers, except the
// registry's default_token, which is open to whoever reaches the listener.
struct Allowed {
  std::set<uid_t> uids;
  std::set<gid_t> gids;
};
using Permissions = std::map<record::RecordName, Allowed>;

// Looks up names; nothing where there is no such name.
struct Directory {
  std::function<std::optional<uid_t>(const std::string&)> uid_of;
  std::function<std::optional<gid_t>(const std::string&)> gid_of;
};
// configuration: the first unknown name, with the file and line of its token.
Result<Permissions> resolve_permissions(const config::Config& configuration, const Directory& directory);

// What both levels' agents would have it for this user: the system's configuration says whom it allows, a
// user's own is all for its user. The name service is asked only where there is an `allow`.
Result<Permissions> permissions_for(const config::Config& configuration, uid_t uid,
                                    const Directory& directory);

struct Selected {
  record::RecordName name;
};
struct NotMine {};   // the configuration does not mention the registry
struct NotFound {};  // a repository key that nothing fits: the client goes on to its host key
struct Refused {     // DENIED or ambiguous on a host key; one line that names the candidates
  std::string why;
};
using Selection = std::variant<Selected, NotMine, NotFound, Refused>;

Selection select(const config::Config& configuration, const Permissions& permissions, const Caller& caller,
                 const std::string& profile, const protocol::Key& key);

// The registries whose host key selects a token for this caller, for `list`: host -> record.
std::map<std::string, record::RecordName> selectable(const config::Config& configuration,
                                                     const Permissions& permissions, const Caller& caller,
                                                     const std::string& profile);

}  // namespace scoped::answer
