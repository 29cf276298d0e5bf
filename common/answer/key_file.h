// The key of one uid's sealed files, $XDG_STATE_HOME/scoped/key (0600): made at first use, never replaced.
// Blocking; processes exclude each other by a lock file.
#pragma once

#include "common/answer/private_folder.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/secret.h"

namespace scoped::answer {

// What is not disposable and sealed under that key.
inline constexpr const char* kLoginsDocument = "logins";

// REQUIRES of both: `folder` is the caller's own, not one below it.
// not_found: there is none; denied, corrupt: it is there and of no use.
Result<Secret> read_key(const PrivateFolder& folder);
// The key, made at first use; saved logins without their key are never put under a new one (not_found).
Result<Secret> obtain_key(const PrivateFolder& folder, Random& random);

}  // namespace scoped::answer
