// One history from its plan to its verdict. Deterministic.
#pragma once

#include "tests/crash/plan.h"
#include "tests/crash/world.h"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace scoped::crash {

inline constexpr int kMostAgents = 3;

struct Outcome {
  Verdict verdict;
  bool all_happened = false;  // every fault of the plan; else this is the history of a smaller plan
  bool asked_wall_clock = false;
  std::array<std::vector<Call>, kMostAgents> calls;  // of each agent, what its points were
};

Outcome run_history(const Plan& plan, const std::function<void(const std::string&)>& trace = {});

}  // namespace scoped::crash
