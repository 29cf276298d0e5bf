#include "tests/emulator/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace scoped::emulator {
namespace {

constexpr int kBacklog = 512;

void set_option(const Fd& fd, int level, int option) {
  const int on = 1;
  (void)setsockopt(fd.get(), level, option, &on, sizeof on);  // without it we are only slower
}

Result<Fd> bind_and_listen(Fd fd, const sockaddr* address, socklen_t size, const std::string& name) {
  if (!fd) return fail(errno_error(errno, "make a socket for", name));
  if (bind(fd.get(), address, size) != 0) return fail(errno_error(errno, "listen on", name));
  if (listen(fd.get(), kBacklog) != 0) return fail(errno_error(errno, "listen on", name));
  return fd;
}

}  // namespace

Result<Fd> listen_on_loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it; head and body are two writes
  return bind_and_listen(std::move(fd), reinterpret_cast<const sockaddr*>(&address), sizeof address,
                         "127.0.0.1:" + std::to_string(port));
}

Result<Fd> listen_at_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid_input,
                "listen on '" + path + "': the path is too long; $TMPDIR names a shorter folder");
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return bind_and_listen(std::move(fd), reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

int port_of(const Fd& listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace scoped::emulator
