#include "agent/ctl/doctor/check.h"

#include <errno.h>

#include <algorithm>

namespace scoped::ctl {
namespace {

bool has(const std::vector<gid_t>& groups, gid_t gid) {
  return std::find(groups.begin(), groups.end(), gid) != groups.end();
}

Finding look(const Patient& patient) {
  for (const SocketState& socket : patient.sockets) {
    if (socket.connect_error != EACCES || has(patient.groups.active, socket.group)) continue;
    const std::string name = patient.groups.name(socket.group);
    if (has(patient.groups.listed, socket.group))
      return wrong("you are in the group " + name + ", but not yet in this session",
                   "newgrp " + name + ", or log in anew");
  }
  return fine("no group waits for a new session");
}

}  // namespace

const Check rows::group_check = {"group", "A group that was joined is active in this session.", &look};

}  // namespace scoped::ctl
