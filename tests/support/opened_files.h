// Who opens a file, told by the kernel (fanotify): every open is one event with the opener's pid, none are
// merged, and an opener that is to be held waits in open(2) until it is let go. Needs root.
#pragma once

#include "common/base/handle.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scoped::test {

class OpenedFiles {
 public:
  // is_possible() is false where the kernel does not let us.
  OpenedFiles()
      : watch_(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC)) {}
  bool is_possible() const { return static_cast<bool>(watch_); }
  // REQUIRES: the file is there.
  bool watch(const std::string& path) {
    return fanotify_mark(watch_.get(), FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path.c_str()) == 0;
  }

  // The next process that opens one of the files; it waits until let_go(). Nothing: none within `patience`.
  std::optional<pid_t> next(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (events_.empty()) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return std::nullopt;
      read_events(left);
    }
    const auto [pid, fd] = events_.front();
    events_.erase(events_.begin());
    held_.emplace_back(fd);
    return pid;
  }
  // Lets everybody go whom next() has named.
  void let_go() {
    for (const Fd& fd : held_) {
      const fanotify_response response{fd.get(), FAN_ALLOW};
      if (write(watch_.get(), &response, sizeof response) < 0) break;  // it was killed meanwhile
    }
    held_.clear();
  }

 private:
  void read_events(std::chrono::milliseconds patience) {
    pollfd watched{watch_.get(), POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return;
    alignas(fanotify_event_metadata) char buffer[4096];
    ssize_t left = read(watch_.get(), buffer, sizeof buffer);  // nothing: the opener has died
    const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer);
    for (; FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left))
      events_.emplace_back(event->pid, event->fd);
  }

  Fd watch_;
  std::vector<std::pair<pid_t, int>> events_;
  std::vector<Fd> held_;
};

}  // namespace scoped::test
