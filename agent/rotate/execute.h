// Carries out one decided step and nothing else: each is one write to the store, one to the control plane or
// one round of logins. A failure leaves a state that the next observation understands.
#pragma once

#include "agent/rotate/memory.h"
#include "agent/rotate/observe.h"
#include "agent/rotate/session.h"

namespace scoped::rotate {

// REQUIRES: the decision was made on this observation, and its step is not wait or give_up.
Result<> execute(const Decision& decision, const World& world, const record::RecordName& name,
                 const Policy& policy, const Observation& seen, Memory& memory);

}  // namespace scoped::rotate
