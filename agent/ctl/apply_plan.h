// Carries a plan out, step by step, in its order. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/policy/plan.h"

namespace scoped::ctl {

// Shows each step as progress. Throttled, it waits as it is told to. An error, or Ctrl-C, says how many steps
// are done; the next run of `apply` goes on from there.
Result<> carry_out(const Run& run, const policy::Observed& observed, const policy::Plan& plan);

}  // namespace scoped::ctl
