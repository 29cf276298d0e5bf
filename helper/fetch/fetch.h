// The verbs of the helper when no agent gave the answer (SERVING 7.2): agents that were not asked yet, then
// the configuration and its stores, then saved logins. Blocking.
#pragma once

#include "common/answer/engine.h"
#include "common/base/clock.h"
#include "common/base/debug.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/base/secret.h"
#include "common/broker/handover.h"

#include <functional>

namespace scoped::fetch {

struct Use {
  const Environment& environment;
  const Clock& clock;
  Random& random;
  Say say = {};  // for whoever debugs; empty: nobody listens
  // Told a login that `get` found in a record, for those who wait for the same; empty: nobody does.
  std::function<void(const answer::Answer&)> found = {};
};

// `input` is the client's stdin. Exit codes are 0 and 1.
answer::Answer fetch(const broker::Handover& handover, const Secret& input, Use use);

}  // namespace scoped::fetch
