// The helper's side of the broker: which sockets to ask, whether to trust them, and one bounded exchange
// (SERVING 7.1). Used by the front and by scoped-fetch, so it links nothing but base. Blocking.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"
#include "common/broker/frame.h"
#include "common/broker/trust.h"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace scoped::broker {

enum class Level { user, system };

// Where a path comes from decides how much of it is believed.
enum class Origin {
  built_in,        // /run/...: in a mapped user namespace the overflow uid counts as root
  runtime_folder,  // below $XDG_RUNTIME_DIR
  variable,  // $SCOPED_AGENT_SOCKET: a user socket if the peer is us, else a system one in root's folders
};

struct Socket {
  std::string path;
  Level level = Level::user;
  Origin origin = Origin::runtime_folder;
};

// In the order in which they are asked: $SCOPED_AGENT_SOCKET alone when it is set (its level is decided by
// the peer), no socket at all when only $SCOPED_CONFIG is set; else $XDG_RUNTIME_DIR/scoped/agent.sock or
// /run/user/UID/scoped/agent.sock (UID of the outer user namespace), then /run/scoped/host/agent.sock.
std::vector<Socket> find_sockets(const Environment& environment);

// What came of asking one socket.
enum class Outcome {
  answered,    // `reply` is final: answer or not_mine
  absent,      // no socket, nobody listens, or the path is not trusted (which counts as not there)
  forbidden,   // EACCES: the caller is not in the socket's group
  no_answer,   // time-out, or end of file twice
  not_for_it,  // a system socket is sent get, list and stale, nothing else
};

// How far it came, for whoever has to explain it.
struct Trail {
  Trust trust = Trust::absent;
  Seen seen;
  int connect_error = 0;      // errno
  std::optional<uid_t> peer;  // once connected
};

struct Asked {
  Outcome outcome = Outcome::absent;
  Reply reply;
  Trail trail = {};
};

// REQUIRES: before the first byte leaves, every folder of the path belongs to root or to us and is not
// writable by others (a root-owned sticky one counts as not writable), no part is a symbolic link, and for a
// user socket the peer is us or root. Waits 2 s for the first byte after connecting and after each WAIT,
// never beyond `deadline` (steady clock); retries once after an end of file without an answer.
// The trail is filled whatever the outcome.
Asked ask(const Socket& socket, const Request& request, std::chrono::steady_clock::time_point deadline);

}  // namespace scoped::broker
