// One socket of the agent at work: a listener, and an engine that knows what may be asked for there. Lives in
// the io_context's thread.
#pragma once

#include "agent/loop/listener_types.h"
#include "agent/serve/listeners.h"
#include "common/answer/engine.h"

#include <functional>
#include <memory>

namespace scoped::loop {

// Makes the folders, binds and listens. What is in the way of a container's socket is removed: whoever is
// root in the container may have put it there. Blocking; needs root where the plan names a group.
Result<BoundSocket> bind_socket(SocketPlan plan);

// How many clients a listener may hold at once.
struct Limits {
  size_t most = 0;
  size_t most_of_one = 0;  // of one uid
};
// For each of so many listeners, from the number of descriptors that this process may have.
Limits limits_for(size_t listeners);

// The configuration as if there were nothing but this token. REQUIRES: it is defined.
config::Config only(const config::Config& configuration, const record::RecordName& name);

class Listening {
 public:
  struct Use {
    boost::asio::io_context& io;
    const config::Config& configuration;
    const answer::Permissions& permissions;
    answer::Copies& copies;
    std::shared_ptr<serve::Flights> flights;
    std::function<answer::Now()> now;
    uid_t owner = 0;
    Limits limits;
  };
  Listening(const Use& use, BoundSocket socket);
  void stop() { listener_.stop(); }  // accepts nobody any more

 private:
  const config::Config configuration_;  // of a socket for one token; else empty
  answer::Engine engine_;
  serve::BrokerListener listener_;
};

}  // namespace scoped::loop
