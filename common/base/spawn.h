// Running another program to its end: the helper as a client runs it, systemctl, a program that makes
// credentials. Never through a shell. Blocking; any thread.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace scoped {

struct Spawned {
  int exit_code = 0;  // 128 + the signal where one ended it
  Secret out;         // some print a password or a bearer
  std::string err;
};

// A program with a slash in its name, or one on the PATH. not_found: there is none; unavailable: it did not
// end in time and was killed. `environment`: NAME=value each, instead of our own.
Result<Spawned> spawn(const std::vector<std::string>& argv, std::string_view input,
                      std::chrono::milliseconds limit,
                      const std::optional<std::vector<std::string>>& environment = {});

}  // namespace scoped
