// Many callers, one limit: what one of them is told by 429 holds for all that share the transport, so that a
// server that asks for fewer requests is not asked by each of them once more. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/net/http.h"

#include <chrono>
#include <memory>

namespace scoped::net {

// Between two callers that were held back: as fast as ARM refills what it allows in writes.
inline constexpr std::chrono::milliseconds kHoldTurn{100};
// Of one hold, whatever the server names; then it is asked again.
inline constexpr std::chrono::minutes kLongestHold{15};

// After a 429, or a 503 that names a Retry-After, nothing is sent before that time is over (1 s where it
// names none): send() fails with unavailable and a retry_after, and nothing has left. Each that is refused is
// given a later turn, so that they do not come back all at once. Both outlive the result.
std::unique_ptr<Transport> with_shared_hold(Transport& inner, const Clock& clock);

}  // namespace scoped::net
