// The agent: sockets, copies, the watch over the tokens, and its end. run() owns the io_context's thread.
#pragma once

#include "agent/loop/listener_types.h"
#include "agent/loop/log.h"
#include "agent/loop/parts.h"
#include "common/answer/copies.h"
#include "common/answer/selection.h"
#include "common/base/handle.h"

#include <functional>
#include <string>
#include <vector>

namespace scoped::loop {

enum class Ended { stopped, to_reload };

struct AgentUse {
  const config::Config& configuration;
  const answer::Permissions& permissions;
  const Environment& environment;
  const Clock& clock;
  Random& random;
  const Log& log;
  std::vector<BoundSocket> sockets;  // for helpers; none without the broker's duty
  Fd control_socket;                 // listening
  std::string state_folder;          // keeps what a restarted agent should know
  std::string hooks_folder;          // deploy.d and fail.d
  std::string lock_file;             // held by whoever called
  uid_t owner = 0;         // whose configuration this is: may use every token and the control socket
  answer::Copies& copies;  // outlive a reload, since the store may not answer just then
  // Called at SIGHUP: whether there is another configuration to go on with. The error is told and changes
  // nothing.
  std::function<Result<>()> look_for_another;
};

// Runs until SIGTERM or SIGINT, then ends in the middle of any step without losing a password: nothing new
// begins, what is under way ends, and a password that is only in memory is put into the store. A second
// signal, or 25 s, ends it at once; a password that is not in the store yet is waited for longer, for which
// the service manager is asked. After a SIGHUP that found another configuration the same happens while
// clients are still answered, and the caller runs it again. Between two runs signals wait.
Ended run_agent(AgentUse use);

}  // namespace scoped::loop
