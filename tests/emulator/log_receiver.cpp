#include "tests/emulator/log_receiver.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <vector>

namespace scoped::emulator {
namespace {

constexpr size_t kLongestLine = 64 << 10;

void receive(int fd, const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(kLongestLine);
  while (true) {
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;  // shut down
    const std::string_view text(buffer.data(), static_cast<size_t>(got));
    const size_t begin = text.find('{');
    if (begin != std::string_view::npos) take(text.substr(begin));
  }
}

}  // namespace

LogReceiver::LogReceiver(Fd socket, std::function<void(std::string_view)> take)
    : socket_(std::move(socket)),
      thread_([fd = socket_.get(), take = std::move(take)] { receive(fd, take); }) {}

LogReceiver::~LogReceiver() {
  if (!thread_.joinable()) return;
  (void)shutdown(socket_.get(), SHUT_RD);  // ends the wait with nothing received
  thread_.join();
}

Result<LogReceiver> LogReceiver::start(const std::string& path, std::function<void(std::string_view)> take) {
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(errno_error(errno, "make socket", path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid_input, "the path '" + path + "' is too long for a socket");
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(errno_error(errno, "make socket", path));
  return LogReceiver(std::move(socket), std::move(take));
}

}  // namespace scoped::emulator
