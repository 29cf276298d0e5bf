// Takes the log lines that nginx writes into a pipe with a name, in a thread of its own. A pipe, because it
// holds nginx up when we are late, where a socket for datagrams would drop lines.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace scoped::emulator {

class LogReceiver {
 public:
  // Makes the pipe at `path`. `take` is called from the thread, with one line.
  static Result<LogReceiver> start(const std::string& path, std::function<void(std::string_view)> take);
  LogReceiver(LogReceiver&&) noexcept = default;
  LogReceiver& operator=(LogReceiver&&) = delete;
  ~LogReceiver();  // waits for the thread, which first takes what has been written

 private:
  LogReceiver(Fd pipe, std::function<void(std::string_view)> take);
  Fd pipe_;  // open on both ends, so that it has no end of its own
  std::thread thread_;
};

}  // namespace scoped::emulator
