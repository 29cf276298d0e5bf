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
// As many descriptors as the administrator allows (at most 65,536), for as many clients at once.
void raise_descriptor_limit();
// For good: real, effective and saved ids, no supplementary groups; still no core file and no ptrace.
// REQUIRES: root, one thread.
Result<> become(const Account& account);
// No core file and no ptrace from now on: memory holds passwords.
void forbid_core_files();

}  // namespace scoped
