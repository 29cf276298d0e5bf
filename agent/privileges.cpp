#include "agent/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

namespace scoped {

Result<Account> find_account(const char* name) {
  const passwd* entry = getpwnam(name);
  if (entry == nullptr)
    return fail(ErrorCode::not_found, "there is no user '" + std::string(name) + "' on this machine");
  return Account{entry->pw_uid, entry->pw_gid};
}

Result<> become(const Account& account) {
  if (setgroups(0, nullptr) != 0 || setresgid(account.gid, account.gid, account.gid) != 0 ||
      setresuid(account.uid, account.uid, account.uid) != 0)
    return fail(errno_error(errno, "become uid", std::to_string(account.uid)));
  return {};
}

void forbid_core_files() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace scoped
