#include "agent/publish/hook_process.h"

#include "common/base/handle.h"
#include "common/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace scoped::publish {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr size_t kKept = 4'096;  // of what a hook says, its end
constexpr milliseconds kBeat{50};

struct Started {
  pid_t pid = -1;
  Fd output;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

Result<Started> start(const std::string& path, const std::vector<std::string>& environment) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return fail(errno_error(errno, "make a pipe for", path));
  Fd reads(ends[0]), writes(ends[1]);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, writes.get(), 1);
  posix_spawn_file_actions_adddup2(&files, writes.get(), 2);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none, standard;
  sigemptyset(&none);
  sigemptyset(&standard);
  for (const int each : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&standard, each);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &standard);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const std::vector<std::string> arguments = {path};
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, path.c_str(), &files, &how, pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&how);
  if (error != 0) return fail(errno_error(error, "start", path));
  return Started{pid, std::move(reads)};
}

void read_what_is_there(int fd, std::string& said) {
  std::array<char, 4'096> chunk;
  for (;;) {
    const ssize_t got = read(fd, chunk.data(), chunk.size());
    if (got <= 0) return;
    said.append(chunk.data(), static_cast<size_t>(got));
    if (said.size() > kKept) said.erase(0, said.size() - kKept);
  }
}

// The exit status, or nothing at the deadline.
std::optional<int> wait_for_end(const Started& child, SteadyTime deadline, std::string& said) {
  for (;;) {
    pollfd waiting{child.output.get(), POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(kBeat.count())) > 0) {
      read_what_is_there(child.output.get(), said);
      if ((waiting.revents & POLLHUP) != 0) std::this_thread::sleep_for(milliseconds(5));
    }
    int status = 0;
    if (waitpid(child.pid, &status, WNOHANG) == child.pid) {
      read_what_is_there(child.output.get(), said);
      return status;
    }
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
  }
}

std::string last_line(std::string said) {
  while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.pop_back();
  said.erase(0, said.find_last_of('\n') + 1);
  std::replace_if(
      said.begin(), said.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return said;
}

}  // namespace

Result<HookEnd> run_hook(const std::string& path, const std::vector<std::string>& environment,
                         milliseconds limit) {
  const Started child = TRY(start(path, environment));
  std::string said;
  const auto status = wait_for_end(child, std::chrono::steady_clock::now() + limit, said);
  HookEnd end;
  if (!status) {
    kill(-child.pid, SIGKILL);
    waitpid(child.pid, nullptr, 0);
    end.how = "stopped after " + format_duration(limit);
  } else if (WIFSIGNALED(*status)) {
    end.how = "signal " + std::to_string(WTERMSIG(*status));
  } else {
    end.ok = WEXITSTATUS(*status) == 0;
    end.how = "exit " + std::to_string(WEXITSTATUS(*status));
  }
  end.last_line = last_line(std::move(said));
  return end;
}

}  // namespace scoped::publish
