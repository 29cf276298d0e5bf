#include "common/base/spawn.h"

#include "common/base/file.h"
#include "common/base/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>

extern char** environ;

namespace scoped {
namespace {

constexpr size_t kLongest = 1 << 20;

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "make", "pipe"));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// A file in memory, so that a program which does not read it cannot stop us.
Result<Fd> make_input(std::string_view input) {
  Fd fd(memfd_create("input", MFD_CLOEXEC));
  if (!fd) return fail(errno_error(errno, "make", "input"));
  TRY(write_all(fd.get(), input, "input"));
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

Result<pid_t> start(const std::vector<std::string>& argv, char* const* environment, const Fd& in,
                    const Pipe& out, const Pipe& err) {
  const std::vector<char*> words = pointers(argv);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  sigset_t none;  // a thread of the agent holds back the signals that must end the program
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, words.front(), &actions, &attributes, words.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(errno_error(error, "start", argv.front()));
  return pid;
}

// Reads both until they end; false: the time is over.
bool read_both(std::array<Fd*, 2> ends, std::array<std::string*, 2> texts,
               std::chrono::steady_clock::time_point until) {
  while (*ends[0] || *ends[1]) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 2> waiting{pollfd{ends[0]->get(), POLLIN, 0}, pollfd{ends[1]->get(), POLLIN, 0}};
    if (poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return false;
    for (size_t i = 0; i < 2; ++i) {
      if (waiting[i].revents == 0) continue;
      std::array<char, 4096> chunk;
      const ssize_t got = read(ends[i]->get(), chunk.data(), chunk.size());
      if (got <= 0 || texts[i]->size() > kLongest)
        ends[i]->reset();
      else
        texts[i]->append(chunk.data(), static_cast<size_t>(got));
      wipe(chunk.data(), chunk.size());
    }
  }
  return true;
}

}  // namespace

Result<Spawned> spawn(const std::vector<std::string>& argv, std::string_view input,
                      std::chrono::milliseconds limit,
                      const std::optional<std::vector<std::string>>& environment) {
  const Fd in = TRY(make_input(input));
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  const std::vector<char*> given = environment ? pointers(*environment) : std::vector<char*>();
  const pid_t pid = TRY(start(argv, environment ? given.data() : environ, in, out, err));
  out.write.reset();
  err.write.reset();
  Spawned spawned;
  std::string text;
  text.reserve(kLongest / 16);  // so that it does not move, and leave a password behind
  const bool ended =
      read_both({&out.read, &err.read}, {&text, &spawned.err}, std::chrono::steady_clock::now() + limit);
  spawned.out = Secret::take(std::move(text));
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!ended)
    return fail(ErrorCode::unavailable,
                "'" + argv.front() + "' did not end within " +
                    std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) + " s");
  spawned.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return spawned;
}

}  // namespace scoped
