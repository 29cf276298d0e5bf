// Gathers what policies are judged on: the control plane's lists, the records, and where it can be had the
// list of repositories. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/policy/observed.h"

namespace scoped::ctl {

struct Wanted {
  bool registry = false;      // the registry itself
  bool records = false;       // of the tokens that the registry has
  bool usage = false;         // from the log, where one is configured
  bool repositories = false;  // what cannot be had is told in a note and left out
};
Result<policy::Observed> observe_registry(const Run& run, const config::Registry& registry,
                                          const Wanted& wanted);

// The registry's repositories, as the control plane's identity sees them.
Result<std::vector<std::string>> repositories_of(const Run& run, const config::Registry& registry);

}  // namespace scoped::ctl
