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

// What to do with something else that has the socket's name.
enum class InTheWay {
  keep,    // only a socket on which nobody listens is removed
  remove,  // whatever it is; a folder stays
};

// Makes the folder (0700 for a private socket, 0755 otherwise), makes room, binds with the exact mode and
// listens with a backlog of 1,024. conflict: somebody listens there, or what is there is no socket. REQUIRES:
// one thread (the umask is changed for a moment: whoever may write the folder could have us follow a link
// from a name).
Result<Fd> bind_socket(const std::string& path, mode_t mode, InTheWay in_the_way = InTheWay::keep);

// The folder with exactly this mode, made where it is missing. denied: it is somebody else's, or a link.
Result<> make_own_folder(const std::string& path, mode_t mode);

// Who is at the other end: SO_PEERCRED's uid and gid plus SO_PEERGROUPS, which leaves out the primary gid.
struct Peer {
  uid_t uid = 0;
  std::vector<gid_t> gids;
};
Result<Peer> read_peer(int socket);

class Flights;

// Who may ask for what on a socket, and how many at once.
struct Policy {
  // Reaching the socket is the permission: whoever does may use all that the engine knows, whatever uid it
  // claims, and its profile says nothing. Else SO_PEERCRED and SO_PEERGROUPS decide.
  bool by_reach = false;
  uid_t owner = 0;                                     // trusted beside uid 0; means nothing with by_reach
  size_t most = 1024;                                  // connections at once (crowd.h says who leaves)
  size_t most_of_one = 256;                            // of one uid; means nothing with by_reach
  std::chrono::milliseconds request_patience{10'000};  // from accepting to the last byte of the request
};

// Serves `get`, `list` and `stale` to helpers, and kubelet's requests (SERVING section 8).
class BrokerListener {
 public:
  struct Use {
    boost::asio::io_context& io;
    answer::Engine& engine;
    std::shared_ptr<Flights> flights;
    std::function<answer::Now()> now;
    Policy policy = {};
  };
  BrokerListener(Use use, Fd listening);
  ~BrokerListener();
  // Stops accepting; what is under way is answered or dropped with the object.
  void stop();

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
