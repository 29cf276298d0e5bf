// How long to wait before the next try, as a pure function, and which errors are worth another. Reads only:
// a write of the rotation is never retried (rule 3).
#pragma once

#include "common/base/random.h"
#include "common/net/http.h"

#include <chrono>
#include <functional>
#include <optional>

namespace scoped::net {

struct RetryPolicy {
  int attempts = 3;  // sends altogether
  std::chrono::milliseconds base{200};
  std::chrono::milliseconds ceiling{5'000};
  std::chrono::milliseconds longest_retry_after{30'000};  // beyond it the error is returned at once
};

// attempt: 1 after the first failure. Full jitter over base * 2^(attempt-1) capped by the ceiling; a
// Retry-After is a floor that the ceiling does not cap.
std::chrono::milliseconds retry_delay(const RetryPolicy& policy, int attempt,
                                      std::optional<std::chrono::milliseconds> retry_after, Random& random);
bool is_worth_retrying(int http_status);  // 408 429 500 502 503 504

// Decorator for idempotent requests (GET, HEAD); everything else, and what has `once`, passes through
// untouched. Retried are the statuses above and the errors unavailable and ambiguous; when the tries are used
// up, an ambiguous read is reported as unavailable, since it had no effect. `wait` sleeps and returns false
// when asked to stop: the error is then `cancelled`.
std::unique_ptr<Transport> with_retries(Transport& inner, const RetryPolicy& policy, Random& random,
                                        std::function<bool(std::chrono::milliseconds)> wait);

}  // namespace scoped::net
