// A client that does with a socket what it likes, and a loop that runs until something has happened.
#pragma once

#include "common/base/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace scoped::test {

// Runs the loop until `happened`; false when that takes longer than any working part needs.
bool run_until(boost::asio::io_context& io, const std::function<bool()>& happened);
// Does whatever the loop can do without waiting.
void settle(boost::asio::io_context& io);

class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }
  bool is_connected() const { return connected_; }
  bool send(std::string_view bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // How many of the bytes there was room for.
  size_t send_some(std::string_view bytes) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<size_t>(sent) : 0;
  }
  void half_close() { shutdown(fd_.get(), SHUT_WR); }
  void vanish() { fd_.reset(); }

  // Takes what has arrived; true once the other side has closed.
  bool is_closed() {
    char buffer[4096];
    while (true) {
      const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got <= 0) return got == 0 || (errno != EAGAIN && errno != EINTR);
      received_.append(buffer, static_cast<size_t>(got));
    }
  }
  const std::string& received() {
    is_closed();
    return received_;
  }

 private:
  Fd fd_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace scoped::test
