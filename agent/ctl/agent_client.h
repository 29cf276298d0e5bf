// Asks the running agent over its control socket (common/doc/control-protocol.md): one JSON text there, one
// back. Blocks; one thread.
#pragma once

#include "common/base/result.h"
#include "common/json/value.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace scoped::ctl {

struct Patience {
  std::chrono::milliseconds at_most{5'000};  // to the end of the answer
  std::function<bool()> each_second = {};    // while waiting; false: stop waiting
};

// The answer; nothing where nobody listens. Errors: denied (the socket is another user's: "run it with
// sudo"), unavailable (no answer in time, hung up, or the agent's own "error"), corrupt (no JSON), cancelled.
// `self` is the caller's uid: a socket in a folder that somebody else may change is not believed.
Result<std::optional<json::Value>> ask_agent(const std::string& socket, const json::Value& request,
                                             uid_t self, const Patience& patience = {});

}  // namespace scoped::ctl
