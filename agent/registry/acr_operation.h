// Follows what ARM does after it has answered (reference acr-and-azure 1.3, 1.4): 201 with
// Azure-AsyncOperation, 202 with Location, or a resource whose provisioningState is not yet Succeeded.
// Following is reading: it may use any bearer and be repeated. It goes on through lost answers until its time
// is over, since the end may hold a password that is told only once.
#pragma once

#include "agent/registry/acr_errors.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/net/http.h"

#include <chrono>
#include <functional>
#include <string>

namespace scoped::registry {

// Used within one call; what it refers to outlives that.
struct Following {
  std::function<Result<net::Response>(const std::string& url)> get;  // any status is an answer
  const Clock& clock;
  std::function<bool(std::chrono::milliseconds)> wait;  // false: asked to stop
  std::string origin;                                   // of the control plane: nothing else is asked
  Attempt attempt;                                      // the read, for error lines
  std::chrono::seconds at_most{300};
};

// The URL where `url` is one of the same origin, or a path on it. corrupt: it points elsewhere, where our
// bearer has no business.
Result<std::string> follow_link(std::string_view url, const std::string& origin);

bool is_asynchronous(const net::Response& answer);  // one of the two headers is there

// After an accepted POST: the answer that holds the result.
Result<net::Response> follow_to_result(const net::Response& accepted, const Following& following);
// After an accepted PUT: until the operation has ended well. REQUIRES: is_asynchronous.
Result<> follow_to_end(const net::Response& accepted, const Following& following);
// The resource at `url`, once it is provisioned.
Result<net::Response> follow_resource(const std::string& url, const Following& following);

}  // namespace scoped::registry
