// Accepts connections on a listening unix socket, up to a bound. Lives in the io_context's thread.
#pragma once

#include "common/base/handle.h"

#include <stddef.h>

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace scoped::serve {

// Held by a connection while it lasts; giving it up lets the next one in. May outlive the loop.
using Place = std::shared_ptr<void>;

class AcceptLoop {
 public:
  // `on_client` gets each connection (non-blocking, close-on-exec). Beyond `most` places, and while the
  // process has no descriptors left, accepting pauses: clients wait in the backlog.
  AcceptLoop(boost::asio::io_context& io, Fd listening, size_t most,
             std::function<void(Fd, Place)> on_client);
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  void stop();  // closes the listening socket

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scoped::serve
