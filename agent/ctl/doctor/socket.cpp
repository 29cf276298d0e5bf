#include "agent/ctl/doctor/check.h"

#include <errno.h>

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  for (const SocketState& socket : patient.sockets) {
    if (!socket.exists) continue;
    if (socket.connect_error == 0) return fine("an agent listens on '" + socket.path + "'");
    const std::string group = patient.groups.name(socket.group);
    if (socket.connect_error == EACCES)
      return wrong("'" + socket.path + "' may not be reached: it is for the group " + group,
                   "sudo usermod -aG " + group + " $USER, then log in anew");
    return wrong("nobody listens on '" + socket.path + "'", "sudo systemctl restart scoped-agent.socket");
  }
  return fine("there is no agent: the helper reads the store itself");
}

}  // namespace

const Check rows::socket_check = {"socket", "An agent's socket can be reached.", &look};

}  // namespace scoped::ctl
