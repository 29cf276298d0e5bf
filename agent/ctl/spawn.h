// Running another program to its end: the helper as a client runs it, and systemctl. Never through a shell.
// Blocking; any thread.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <chrono>
#include <string>
#include <vector>

namespace scoped::ctl {

struct Spawned {
  int exit_code = 0;  // 128 + the signal where one ended it
  Secret out;         // the helper prints a password
  std::string err;
};

// A program with a slash in its name, or one on the PATH. not_found: there is none; unavailable: it did not
// end in time and was killed.
Result<Spawned> spawn(const std::vector<std::string>& argv, std::string_view input,
                      std::chrono::seconds limit);

}  // namespace scoped::ctl
