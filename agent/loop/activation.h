// Sockets that the service manager has made and listens on for us (sd_listen_fds): they are known by their
// paths. One thread.
#pragma once

#include "common/base/handle.h"

#include <string>
#include <vector>

namespace scoped::loop {

class ActivatedSockets {
 public:
  ActivatedSockets() = default;
  explicit ActivatedSockets(std::vector<Fd> sockets) : sockets_(std::move(sockets)) {}
  // Those handed to this process; our variables are cleared, so that no child takes them for its own.
  static ActivatedSockets take_over();

  bool empty() const { return sockets_.empty(); }
  // The listening stream socket bound to this path, given away; an empty Fd when there is none.
  Fd take(const std::string& path);

 private:
  std::vector<Fd> sockets_;
};

}  // namespace scoped::loop
