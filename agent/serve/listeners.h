// The agent's sockets. All of this lives in the thread that runs the io_context; handlers are called there
// and may answer later, from that thread. Nothing here knows stores or the rotation.
#pragma once

#include "common/answer/engine.h"
#include "common/base/handle.h"
#include "common/base/result.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace scoped::serve {

// Makes the folder (0700 for a private socket, 0755 otherwise), removes a socket that nobody listens on,
// binds with the exact mode and listens with a backlog of 1,024. conflict: somebody listens there.
Result<Fd> bind_socket(const std::string& path, mode_t mode);

// Who is at the other end: SO_PEERCRED's uid and gid plus SO_PEERGROUPS, which leaves out the primary gid.
struct Peer {
  uid_t uid = 0;
  std::vector<gid_t> gids;
};
Result<Peer> read_peer(int socket);

// A record to load, for as many waiting requests as there are: one flight per record.
struct Loaded {
  store::LoadResult result;
  Instant read_at{};
  BootInstant read_at_boot{};
};
using Loader = std::function<void(const record::RecordName&, std::function<void(Loaded)> done)>;

// Serves `get`, `list` and `stale`, and kubelet's requests, on the host socket (SERVING section 8, type
// host).
class BrokerListener {
 public:
  struct Use {
    boost::asio::io_context& io;
    answer::Engine& engine;
    answer::Copies& copies;
    Loader load;  // runs elsewhere, calls done in the io_context's thread
    std::function<answer::Now()> now;
    uid_t owner = 0;                                     // trusted beside uid 0
    size_t most = 1024;                                  // connections at once; beyond it accepting pauses
    std::chrono::milliseconds request_patience{10'000};  // from accepting to the last byte of the request
  };
  BrokerListener(Use use, Fd listening);
  ~BrokerListener();
  // Stops accepting; what is under way is answered or dropped with the object.
  void stop();
  // Reads a record ahead of time (Copies::due_for_revalidation names them), in the same flight that clients
  // wait for.
  void refresh(const record::RecordName& name);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// One text in, one text out, for uid 0 and `owner` only (others are closed without an answer). The request
// ends at a newline or when the client closes its sending side; the reply gets a newline and the connection
// is closed. `reply` may be called later, from the io_context's thread, also when the client is gone.
class ControlListener {
 public:
  using Handler = std::function<void(std::string request, std::function<void(std::string)> reply)>;
  ControlListener(boost::asio::io_context& io, Fd listening, uid_t owner, Handler handler);
  ~ControlListener();
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scoped::serve
