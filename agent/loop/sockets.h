// The listening sockets of an agent, which outlive its configurations: a reload keeps those that are still
// wanted, so that clients wait for a moment and are never refused. One thread.
#pragma once

#include "agent/loop/activation.h"
#include "agent/loop/listener_types.h"
#include "agent/loop/log.h"

#include <map>
#include <string>
#include <vector>

namespace scoped::loop {

class Sockets {
 public:
  explicit Sockets(ActivatedSockets activated) : activated_(std::move(activated)) {}

  // One of each plan: held already, else handed over by the service manager, else bound now. What no plan
  // wants any more is closed. A listener for one container that cannot be had is said in the log and left
  // out: a container may have spoilt its own place, which is no reason not to serve the others.
  Result<std::vector<BoundSocket>> open(std::vector<SocketPlan> plans, const Log& log);
  // The control socket: the same for one path.
  Result<Fd> open_control(const std::string& path, mode_t mode);

 private:
  Result<Fd> copy_of(const std::string& path) const;

  ActivatedSockets activated_;
  std::map<std::string, Fd> held_;  // by path
  Fd control_;
};

}  // namespace scoped::loop
