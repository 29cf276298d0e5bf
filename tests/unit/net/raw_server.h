// A server on loopback whose every byte the test decides: each connection is given to a function, on a thread
// of its own. Counts connections and keeps the requests as they came over the wire.
#pragma once

#include "common/base/handle.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace scoped::test {

class RawServer {
 public:
  class Connection {
   public:
    Connection(RawServer& server, int fd, int number) : server_(server), fd_(fd), number_(number) {}

    // The next request with its body, or an empty text when the other side is done.
    std::string read_request() {
      while (true) {
        const size_t size = complete_size();
        if (size != 0) {
          std::string request = buffer_.substr(0, size);
          buffer_.erase(0, size);
          server_.note(request);
          return request;
        }
        char bytes[4096];
        const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
        if (got <= 0) return "";
        server_.count(static_cast<size_t>(got));
        buffer_.append(bytes, static_cast<size_t>(got));
      }
    }
    // What comes first, whatever it is.
    std::string read_some() {
      char bytes[4096];
      const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
      return {bytes, static_cast<size_t>(got < 0 ? 0 : got)};
    }
    // False when the other side has gone.
    bool send(std::string_view text) {
      while (!text.empty()) {
        const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        text.remove_prefix(static_cast<size_t>(sent));
      }
      return true;
    }
    bool answer(std::string_view body, std::string_view more_headers = "") {
      return send("HTTP/1.1 200 OK\r\n" + std::string(more_headers) +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }
    // Until the other side closes, so that the connection stays open without an answer.
    void wait_for_end() {
      char byte;
      while (recv(fd_, &byte, 1, 0) > 0) {
      }
    }
    // Everything both ways between here and a port of loopback, until one side is done.
    void pass_on(int port) {
      const Fd there(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = htons(static_cast<uint16_t>(port));
      if (connect(there.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
      pollfd sides[] = {{fd_, POLLIN, 0}, {there.get(), POLLIN, 0}};
      char bytes[16384];
      while (poll(sides, 2, -1) > 0)
        for (const int from : {0, 1}) {
          if (sides[from].revents == 0) continue;
          const ssize_t got = recv(sides[from].fd, bytes, sizeof bytes, 0);
          if (got <= 0 || ::send(sides[1 - from].fd, bytes, static_cast<size_t>(got), MSG_NOSIGNAL) != got)
            return;
        }
    }
    int number() const { return number_; }  // of the connection, from 1

   private:
    size_t complete_size() const {
      const size_t end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos) return 0;
      size_t size = end + 4;
      const size_t length = buffer_.find("Content-Length: ");
      if (length < end) size += std::stoul(buffer_.substr(length + 16));
      return buffer_.size() >= size ? size : 0;
    }

    RawServer& server_;
    int fd_;
    int number_;
    std::string buffer_;
  };
  using Play = std::function<void(Connection&)>;

  // On a Unix socket.
  RawServer(Play play, const std::string& path)
      : play_(std::move(play)), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_.get(), 64) != 0)
      throw std::runtime_error("cannot listen at " + path);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  explicit RawServer(Play play)
      : play_(std::move(play)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 64) != 0 ||
        getsockname(listener_.get(), generic, &size) != 0)
      throw std::runtime_error("cannot listen on loopback");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const Fd& fd : open_) shutdown(fd.get(), SHUT_RDWR);
    }
    for (std::thread& each : threads_) each.join();
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  // Waits for the accept of that many connections; false after ten seconds.
  bool wait_for_connections(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return connections_ >= count; });
  }
  // Waits until every accepted connection has been played to its end.
  bool wait_for_ends() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return ended_ == connections_; });
  }

 private:
  void accept_all() {
    while (true) {
      Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(std::move(fd));
      threads_.emplace_back(
          [this, number = ++connections_, each = std::prev(open_.end())] { play(*each, number); });
      changed_.notify_all();
    }
  }
  void play(Fd& fd, int number) {
    Connection connection(*this, fd.get(), number);
    play_(connection);
    shutdown(fd.get(), SHUT_RDWR);  // closed only with the server, so that its number is not given out again
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }
  void note(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  void count(size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
  }

  Play play_;
  Fd listener_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Fd> open_;
  std::list<std::thread> threads_;
  std::vector<std::string> requests_;
  size_t bytes_ = 0;
  int connections_ = 0;
  int ended_ = 0;
  std::thread acceptor_;
};

}  // namespace scoped::test
