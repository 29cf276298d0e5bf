#include "common/broker/client.h"

#include "common/base/handle.h"
#include "common/broker/trust.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace scoped::broker {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kSendPatience{1000};
constexpr milliseconds kReadPatience{2000};
constexpr std::chrono::microseconds kAwake{100};
constexpr const char* kSystemSocket = "/run/scoped/host/agent.sock";

// What one connection came to. `ended` is worth another try, `broken` is not.
enum class Turn { answered, ended, broken };

milliseconds left_until(Deadline deadline, milliseconds at_most) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::clamp(left, milliseconds(0), at_most);
}

// A zero timeval would mean to wait for ever.
void limit_sending(int fd, Deadline deadline) {
  const milliseconds patience = std::max(left_until(deadline, kSendPatience), milliseconds(1));
  timeval limit{};
  limit.tv_sec = patience.count() / 1000;
  limit.tv_usec = (patience.count() % 1000) * 1000;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Outcome outcome_of_connect(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return Outcome::forbidden;
    case EAGAIN:
      return Outcome::no_answer;  // the backlog stayed full
    default:
      return Outcome::absent;
  }
}

// `answered` stands for "connected".
Outcome connect_to(const std::string& path, Deadline deadline, Fd& connected) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Outcome::absent;
  path.copy(address.sun_path, path.size());
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return Outcome::no_answer;
  limit_sending(fd.get(), deadline);
  int result = -1;
  do {
    result = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (result != 0 && errno == EINTR && left_until(deadline, kSendPatience).count() > 0);
  if (result != 0) return outcome_of_connect(errno);
  connected = std::move(fd);
  return Outcome::answered;
}

bool has_passed(Deadline deadline) { return std::chrono::steady_clock::now() >= deadline; }

// Whether the event came before the patience and the deadline ended.
bool wait_for(int fd, short event, milliseconds patience, Deadline deadline) {
  while (true) {
    pollfd watched{fd, event, 0};
    const int ready = poll(&watched, 1, static_cast<int>(left_until(deadline, patience).count()));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

// `answered` stands for "sent". The deadline is looked at for each piece: an agent that takes them one by one
// would hold us for ever.
Turn send_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (has_passed(deadline)) return Turn::broken;
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (sent < 0 && errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, kSendPatience, deadline)) return Turn::broken;
    } else if (errno != EINTR) {
      return Turn::ended;
    }
  }
  return Turn::answered;
}

// An agent with a fresh copy answers within some 50 us, about as long as a sleeping processor takes to wake
// up: so we stay awake for twice that, and leave the processor to whoever wants it.
bool is_answered_soon(int fd) {
  const Deadline end = std::chrono::steady_clock::now() + kAwake;
  char peeked = 0;
  while (recv(fd, &peeked, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    sched_yield();
  }
  return true;
}

// Fills the buffer. `answered` stands for "filled". The deadline counts as well when there is always
// something to read: an agent that says WAIT without a pause would hold us for ever.
Turn read_exactly(int fd, char* buffer, size_t size, Deadline deadline) {
  while (size > 0) {
    if (has_passed(deadline)) return Turn::broken;
    if (!is_answered_soon(fd) && !wait_for(fd, POLLIN, kReadPatience, deadline)) return Turn::broken;
    const ssize_t got = recv(fd, buffer, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Turn::ended;
    buffer += got;
    size -= static_cast<size_t>(got);
  }
  return Turn::answered;
}

Turn read_reply(int fd, Deadline deadline, Reply& reply) {
  char header[kHeader];
  if (const Turn turn = read_exactly(fd, header, sizeof header, deadline); turn != Turn::answered)
    return turn;
  const auto size = parse_reply_header({header, sizeof header});
  if (!size) return Turn::broken;
  std::string rest(*size, '\0');
  const Turn turn = read_exactly(fd, rest.data(), rest.size(), deadline);
  auto parsed = turn == Turn::answered ? parse_reply(rest) : fail(ErrorCode::unavailable, "no answer");
  wipe(rest);
  if (turn != Turn::answered) return turn;
  if (!parsed) return Turn::broken;
  reply = std::move(*parsed);
  return Turn::answered;
}

Turn exchange(int fd, const Secret& frame, Deadline deadline, Reply& reply) {
  if (const Turn turn = send_all(fd, frame.reveal(), deadline); turn != Turn::answered) return turn;
  while (true) {
    const Turn turn = read_reply(fd, deadline, reply);
    if (turn != Turn::answered || reply.said != Said::wait) return turn;
  }
}

// Whether the one at the other end may be told. $SCOPED_AGENT_SOCKET becomes a system socket here when the
// peer is not us.
bool is_peer_trusted(int fd, const Socket& socket, Trust trust, Level& level) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  level = socket.level;
  const uid_t self = geteuid();
  if (peer.uid == self || level == Level::system) return true;
  if (socket.origin != Origin::variable) return peer.uid == 0;
  level = Level::system;
  return trust == Trust::roots;
}

bool is_for_system(const Request& request) {
  return request.verb == "get" || request.verb == "list" || request.verb == "stale";
}

Trust check(const Socket& socket) {
  const Trust trust = check_path(socket.path, geteuid());
  if (trust != Trust::foreign || socket.origin != Origin::built_in) return trust;
  const auto overflow = read_overflow_uid();
  return overflow ? check_path(socket.path, geteuid(), overflow) : trust;
}

// One connection, one exchange. Nothing: the other side ended it without an answer.
std::optional<Outcome> ask_once(const Socket& socket, Trust trust, const Request& request,
                                const Secret& frame, Deadline deadline, Reply& reply) {
  Fd fd;
  if (const Outcome outcome = connect_to(socket.path, deadline, fd); outcome != Outcome::answered)
    return outcome;
  Level level = socket.level;
  if (!is_peer_trusted(fd.get(), socket, trust, level)) return Outcome::absent;
  if (level == Level::system && !is_for_system(request)) return Outcome::not_for_it;
  switch (exchange(fd.get(), frame, deadline, reply)) {
    case Turn::answered:
      return Outcome::answered;
    case Turn::broken:
      return Outcome::no_answer;
    case Turn::ended:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Socket> find_sockets(const Environment& environment) {
  if (const auto given = environment.get("SCOPED_AGENT_SOCKET"))
    return {{*given, Level::user, Origin::variable}};
  if (environment.get("SCOPED_CONFIG")) return {};
  const Socket system{kSystemSocket, Level::system, Origin::built_in};
  if (const auto folder = environment.get("XDG_RUNTIME_DIR"))
    return {{*folder + "/scoped/agent.sock", Level::user, Origin::runtime_folder}, system};
  const uid_t uid = read_outer_uid(environment.uid()).value_or(environment.uid());
  return {{"/run/user/" + std::to_string(uid) + "/scoped/agent.sock", Level::user, Origin::built_in}, system};
}

Asked ask(const Socket& socket, const Request& request, Deadline deadline) {
  if (socket.level == Level::system && !is_for_system(request)) return {Outcome::not_for_it, {}};
  const Trust trust = check(socket);
  if (trust == Trust::forbidden) return {Outcome::forbidden, {}};
  if (trust == Trust::absent || trust == Trust::foreign) return {Outcome::absent, {}};
  const Secret frame = encode(request);
  for (int attempt = 0; attempt < 2; ++attempt) {
    Asked asked;
    const auto outcome = ask_once(socket, trust, request, frame, deadline, asked.reply);
    if (!outcome) continue;
    asked.outcome = *outcome;
    if (asked.outcome != Outcome::answered) asked.reply = Reply{};
    return asked;
  }
  return {Outcome::no_answer, {}};
}

}  // namespace scoped::broker
