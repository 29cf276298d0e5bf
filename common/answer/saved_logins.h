// What `docker login` stored for registries that the configuration does not mention: one sealed document per
// uid, $XDG_STATE_HOME/scoped/logins under the key file $XDG_STATE_HOME/scoped/key (0600, made at first use).
// Every folder from HOME down must belong to us; otherwise, or without HOME, there are no saved logins.
// Processes exclude each other by a lock file. Blocking.
#pragma once

#include "common/base/env.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <map>
#include <optional>
#include <string>

namespace scoped::answer {

struct SavedLogin {
  std::string username;
  Secret secret;
};

class SavedLogins {
 public:
  SavedLogins(const Environment& environment, Random& random);

  // Keys are kept as clients sent them (trimmed); a key finds what was stored under another spelling of the
  // same registry. Nothing: not there, or there can be none (no HOME, no key yet).
  Result<std::optional<SavedLogin>> find(const std::string& server_url) const;
  // denied / unavailable: one line; nothing is lost.
  Result<> save(const std::string& server_url, const std::string& username, const Secret& secret);
  Result<> erase(const std::string& server_url);            // absent is success
  Result<std::map<std::string, std::string>> list() const;  // server URL -> user name

 private:
  const Environment& environment_;
  Random& random_;
};

}  // namespace scoped::answer
