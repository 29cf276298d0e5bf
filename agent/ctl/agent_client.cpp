#include "agent/ctl/agent_client.h"

#include "common/base/handle.h"
#include "common/broker/trust.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

namespace scoped::ctl {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr milliseconds kBeat{1'000};
// A status of 10,000 tokens is about 5 MB.
constexpr json::Limits kAnswerLimits{.bytes = 64 << 20, .depth = 16, .values = 2'000'000};

tl::unexpected<Error> forbidden(const std::string& socket) {
  return fail(ErrorCode::denied, "'" + socket + "' is the agent's and not yours to ask: run it with sudo");
}

// Nothing: nobody listens there.
Result<std::optional<Fd>> connect_to(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid_input, "the path of the control socket is too long: '" + socket + "'");
  std::copy(socket.begin(), socket.end(), address.sun_path);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error(errno, "make a socket for", socket));
  const timeval patience{1, 0};  // for a full backlog
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int result = 0;
  do result = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  while (result != 0 && errno == EINTR);
  if (result == 0) return std::optional(std::move(fd));
  if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<Fd>();
  if (errno == EACCES || errno == EPERM) return forbidden(socket);
  if (errno == EAGAIN)
    return fail(ErrorCode::unavailable, "the agent is too busy to answer on '" + socket + "'");
  return fail(errno_error(errno, "connect to", socket));
}

Result<> send_request(int fd, std::string_view text, const std::string& socket) {
  while (!text.empty()) {
    const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(errno_error(errno, "ask the agent on", socket));
    text.remove_prefix(static_cast<size_t>(sent));
  }
  shutdown(fd, SHUT_WR);
  return {};
}

// Until there is something to read, with a beat each second.
Result<> wait_for_answer(int fd, SteadyTime deadline, const Patience& patience) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return fail(ErrorCode::unavailable, "the agent does not answer");
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(std::min(left, kBeat).count())) > 0) return {};
    if (patience.each_second && !patience.each_second())
      return fail(ErrorCode::cancelled, "stopped waiting for the agent, which goes on by itself");
  }
}

Result<std::string> read_answer(int fd, const Patience& patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience.at_most;
  std::string answer;
  std::array<char, 16 << 10> chunk;
  for (;;) {
    TRY(wait_for_answer(fd, deadline, patience));
    const ssize_t got = recv(fd, chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, "the agent hung up: " + std::string(strerror(errno)));
    if (got == 0) return answer;
    answer.append(chunk.data(), static_cast<size_t>(got));
    if (answer.size() > kAnswerLimits.bytes)
      return fail(ErrorCode::corrupt, "the agent's answer does not end");
  }
}

Result<json::Value> parse_answer(const std::string& text) {
  if (text.empty()) return fail(ErrorCode::unavailable, "the agent hung up without an answer");
  auto answer = json::parse(text, kAnswerLimits);
  if (!answer || answer->object() == nullptr)
    return fail(ErrorCode::corrupt, "the agent's answer is no JSON object: is it of another version?");
  if (const json::Value* error = answer->at({"error"}); error != nullptr && error->text() != nullptr)
    return fail(ErrorCode::unavailable, *error->text());
  return answer;
}

}  // namespace

Result<std::optional<json::Value>> ask_agent(const std::string& socket, const json::Value& request,
                                             uid_t self, const Patience& patience) {
  switch (broker::check_path(socket, self)) {
    case broker::Trust::absent:
      return std::optional<json::Value>();
    case broker::Trust::forbidden:
      return forbidden(socket);
    case broker::Trust::foreign:
      return fail(ErrorCode::denied,
                  "'" + socket + "' is not believed: others may change a folder on its way");
    case broker::Trust::ours:
    case broker::Trust::roots:
      break;
  }
  const std::optional<Fd> fd = TRY(connect_to(socket));
  if (!fd) return std::optional<json::Value>();
  TRY(send_request(fd->get(), json::dump(request), socket));
  return std::optional(TRY(parse_answer(TRY(read_answer(fd->get(), patience)))));
}

}  // namespace scoped::ctl
