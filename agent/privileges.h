// The system's agent gives root away after its sockets are bound.
#pragma once

#include "common/base/result.h"

#include <sys/types.h>

namespace scoped {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

// not_found: the machine has no such user.
Result<Account> find_account(const char* name);
// For good: real, effective and saved ids, no supplementary groups. REQUIRES: root, one thread.
Result<> become(const Account& account);
// No core file and no ptrace from now on: memory holds passwords.
void forbid_core_files();

}  // namespace scoped
