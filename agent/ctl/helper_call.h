// Asking the helper as a client does, and logging in with what it answers: the one proof that all of it
// works. Blocking; one thread.
#pragma once

#include "agent/ctl/run.h"

#include <string>

namespace scoped::ctl {

struct HelperAnswer {
  std::string program;  // as it was found on the PATH
  std::string username;
  Secret password;
};

// not_found: no helper on the PATH, or it knows no credentials; unavailable, denied: its own line.
Result<HelperAnswer> ask_helper(const Environment& environment, const std::string& host,
                                const std::string& helper = "scoped");
// The answer's user name, after the registry took the login.
Result<std::string> verify_login(Run& run, const std::string& host);

}  // namespace scoped::ctl
