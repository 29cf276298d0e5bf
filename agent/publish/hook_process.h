// Runs one hook to its end or its time-out. Blocks; reaps only its own child.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <string>
#include <vector>

namespace scoped::publish {

struct HookEnd {
  bool ok = false;
  std::string how;        // "exit 3", "signal 9", "stopped after 60s"
  std::string last_line;  // of what it said, made harmless
};

// `environment`: NAME=value each, and nothing else is handed on. Standard input is empty; what it starts dies
// with it at the time-out, and lives on otherwise. unavailable: it could not be started.
Result<HookEnd> run_hook(const std::string& path, const std::vector<std::string>& environment,
                         std::chrono::milliseconds limit);

}  // namespace scoped::publish
