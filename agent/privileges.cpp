#include "agent/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
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
  forbid_core_files();  // the kernel sets it back to fs.suid_dumpable when the uid changes
  return {};
}

void raise_descriptor_limit() {
  constexpr rlim_t kEnough = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  setrlimit(RLIMIT_NOFILE, &limit);
}

void forbid_core_files() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace scoped
