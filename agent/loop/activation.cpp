#include "agent/loop/activation.h"

#include <systemd/sd-daemon.h>

#include <fcntl.h>
#include <sys/socket.h>

namespace scoped::loop {

ActivatedSockets ActivatedSockets::take_over() {
  const int count = sd_listen_fds(1);
  std::vector<Fd> sockets;
  for (int i = 0; i < count; ++i) sockets.emplace_back(SD_LISTEN_FDS_START + i);
  return ActivatedSockets(std::move(sockets));
}

Fd ActivatedSockets::take(const std::string& path) {
  for (Fd& socket : sockets_) {
    if (!socket || sd_is_socket_unix(socket.get(), SOCK_STREAM, 1, path.c_str(), 0) <= 0) continue;
    fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    return std::move(socket);
  }
  return Fd();
}

}  // namespace scoped::loop
