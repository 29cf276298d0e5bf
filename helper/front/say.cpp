#include "helper/front/say.h"

#include "common/protocol/texts.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <memory>

namespace scoped::front {
namespace {

using std::chrono::steady_clock;

// A line that cannot be written is lost: the answer matters more.
void print(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

Say open_say(const Environment& environment) {
  auto opened = open_debug(environment);
  if (!opened) print(STDERR_FILENO, opened.error().line() + "\n");
  if (!opened || !*opened) return {};
  signal(SIGPIPE, SIG_IGN);  // whoever reads the lines may go away before the answer is out
  return [fd = std::make_shared<Fd>(std::move(*opened)),
          started = steady_clock::now()](const std::string& text) {
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
    print(fd->get(), debug_line(protocol::kProgram, getpid(), since, text));
  };
}

}  // namespace scoped::front
