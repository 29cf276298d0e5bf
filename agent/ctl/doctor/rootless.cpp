#include "agent/ctl/doctor/check.h"

#include <errno.h>

#include <algorithm>

namespace scoped::ctl {
namespace {

// Joining the group of the system's agent would give back what an engine without root takes away: that group
// is mostly the one of the engine with root.
Finding look(const Patient& patient) {
  if (patient.rootless_engine.empty()) return fine("no engine without root is in use");
  const auto& sockets = patient.sockets;
  const bool is_reached = std::any_of(sockets.begin(), sockets.end(), [](const SocketState& socket) {
    return socket.exists && socket.connect_error == 0;
  });
  const bool is_refused = std::any_of(sockets.begin(), sockets.end(), [](const SocketState& socket) {
    return socket.exists && socket.connect_error == EACCES;
  });
  if (is_reached || !is_refused) return fine("the engine without root asks an agent that it may reach");
  return wrong(
      "the engine at '" + patient.rootless_engine + "' runs as you, and the system's agent is not for you",
      "scopedctl setup " + patient.host + " --user, for an agent of your own");
}

}  // namespace

const Check rows::rootless_check = {"rootless", "An engine without root has an agent to ask.", &look};

}  // namespace scoped::ctl
