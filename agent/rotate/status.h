// What is shown of a token: from an observation and the decision made on it. Pure.
#pragma once

#include "agent/rotate/observe.h"
#include "agent/rotate/session.h"

namespace scoped::rotate {

TokenStatus make_status(const record::RecordName& name, const Policy& policy, const Observed& observed,
                        const Decision& decision);

}  // namespace scoped::rotate
