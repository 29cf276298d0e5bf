#include "tests/emulator/log_receiver.h"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kEnd =
    "\x04";  // a line of ours, which ends the thread behind all that was written

void receive(int fd, const std::function<void(std::string_view)>& take) {
  std::string text;
  std::array<char, 64 << 10> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    text.append(buffer.data(), static_cast<size_t>(got));
    size_t from = 0;
    for (size_t end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1) {
      const std::string_view line = std::string_view(text).substr(from, end - from);
      if (line == kEnd) return;
      if (!line.empty()) take(line);
    }
    text.erase(0, from);
  }
}

}  // namespace

LogReceiver::LogReceiver(Fd pipe, std::function<void(std::string_view)> take)
    : pipe_(std::move(pipe)), thread_([fd = pipe_.get(), take = std::move(take)] { receive(fd, take); }) {}

LogReceiver::~LogReceiver() {
  if (!thread_.joinable()) return;
  const std::string end = fmt::format("\n{}\n", kEnd);
  (void)!write(pipe_.get(), end.data(), end.size());
  thread_.join();
}

Result<LogReceiver> LogReceiver::start(const std::string& path, std::function<void(std::string_view)> take) {
  if (mkfifo(path.c_str(), 0600) != 0) return fail(errno_error(errno, "make pipe", path));
  Fd pipe(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!pipe) return fail(errno_error(errno, "open pipe", path));
  return LogReceiver(std::move(pipe), std::move(take));
}

}  // namespace scoped::emulator
