// An agent's end of the broker on a real unix socket, served by one thread, so that helpers can be tested and
// timed where no agent exists. Each connection is handled by the next of the given turns, the last one again
// and again. Everything is gone with the object.
#pragma once

#include "common/base/handle.h"
#include "common/broker/frame.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace scoped::test {

// A connection as one turn sees it. No call throws; a broken connection reads as nothing.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}

  std::optional<broker::Request> read_request() const {
    const std::string header = read(broker::kHeader);
    const auto size = broker::parse_request_header(header);
    if (!size) return std::nullopt;
    auto request = broker::parse_request(read(*size));
    if (!request) return std::nullopt;
    return std::move(*request);
  }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void reply(broker::Said said, std::string_view text = {}, int exit_code = 0,
             bool also_stderr = false) const {
    broker::Reply reply;
    reply.said = said;
    reply.exit_code = exit_code;
    reply.also_stderr = also_stderr;
    reply.text = Secret(text);
    send(encode(reply).reveal());
  }
  // Until the other side hangs up.
  void wait_for_end() const {
    while (!read(1).empty()) continue;
  }
  // What comes first, at most that much.
  void read_some(size_t most) const {
    std::string bytes(most, '\0');
    static_cast<void>(recv(fd_, bytes.data(), bytes.size(), 0));
  }
  pid_t peer() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
  }

 private:
  std::string read(size_t size) const {
    std::string bytes(size, '\0');
    const ssize_t got = size == 0 ? 0 : recv(fd_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
  int fd_;
};

class BrokerServer {
 public:
  using Turn = std::function<void(const Connection&)>;

  // `listen_as`: the uid that clients see at this end (root only).
  BrokerServer(std::string path, std::vector<Turn> turns, std::optional<uid_t> listen_as = {})
      : path_(std::move(path)), turns_(std::move(turns)), stop_(eventfd(0, EFD_CLOEXEC)) {
    listening_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    unlink(path_.c_str());
    if (bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind " + path_);
    chmod(path_.c_str(), 0600);
    std::thread([&] { listen_with(listen_as); }).join();
    thread_ = std::thread([this] { serve(); });
  }
  BrokerServer(const BrokerServer&) = delete;
  BrokerServer& operator=(const BrokerServer&) = delete;
  ~BrokerServer() {
    const uint64_t one = 1;
    if (write(stop_.get(), &one, sizeof one) != sizeof one) abort();
    thread_.join();
    unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  // setresuid as a bare system call changes this thread alone; it ends with the thread.
  void listen_with(std::optional<uid_t> uid) const {
    if (uid && syscall(SYS_setresuid, -1, *uid, -1) != 0) abort();
    if (listen(listening_.get(), 1024) != 0) abort();
  }

  void serve() {
    for (size_t turn = 0;;) {
      pollfd watched[2] = {{listening_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(watched, 2, -1) < 0) continue;
      if (watched[1].revents != 0) return;
      const Fd fd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) continue;
      {
        const std::lock_guard lock(mutex_);
        ++connections_;
      }
      turns_[turn](Connection(fd.get()));
      if (turn + 1 < turns_.size()) ++turn;
    }
  }

  std::string path_;
  std::vector<Turn> turns_;
  Fd stop_;
  Fd listening_;
  mutable std::mutex mutex_;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace scoped::test
