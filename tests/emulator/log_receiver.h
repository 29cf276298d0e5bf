// Takes the log lines that nginx sends to a socket, in a thread of its own.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"

#include <functional>
#include <string>
#include <thread>

namespace scoped::emulator {

class LogReceiver {
 public:
  // Makes the socket at `path`. `take` is called from the thread, with a line behind the head that syslog
  // puts before it.
  static Result<LogReceiver> start(const std::string& path, std::function<void(std::string_view)> take);
  LogReceiver(LogReceiver&&) noexcept = default;
  LogReceiver& operator=(LogReceiver&&) = delete;
  ~LogReceiver();  // waits for the thread

 private:
  LogReceiver(Fd socket, std::function<void(std::string_view)> take);
  Fd socket_;
  std::thread thread_;
};

}  // namespace scoped::emulator
