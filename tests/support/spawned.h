// A program of ours as a client runs it: posix_spawn, a text on stdin, what it printed, its exit code and how
// long the whole process took. Outputs stay below a pipe's 64 KiB.
#pragma once

#include "common/base/handle.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::test {

struct Finished {
  int code = -1;  // -1: ended by a signal
  std::string out;
  std::string err;
  int unread = 0;  // bytes of the input that it left in the pipe
  std::chrono::nanoseconds elapsed{};
};

struct Spawn {
  std::string program;                   // a path
  std::vector<std::string> arguments;    // argv[0] first
  std::vector<std::string> environment;  // NAME=VALUE
  std::string input;
};

namespace detail {

struct Pipe {
  Fd reading, writing;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
};

inline std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

inline std::string read_rest(const Fd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(fd.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(got));
  return text;
}

}  // namespace detail

inline Finished run(const Spawn& what) {
  detail::Pipe in, out, err;
  if (write(in.writing.get(), what.input.data(), what.input.size()) !=
      static_cast<ssize_t>(what.input.size()))
    throw std::runtime_error("the input does not fit into a pipe");
  in.writing.reset();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.reading.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.writing.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.writing.get(), 2);
  const auto argv = detail::pointers(what.arguments);
  const auto environment = detail::pointers(what.environment);

  Finished finished;
  pid_t pid = -1;
  int status = 0;
  const auto start = std::chrono::steady_clock::now();
  const int error =
      posix_spawn(&pid, what.program.c_str(), &actions, nullptr, argv.data(), environment.data());
  const bool waited = error == 0 && waitpid(pid, &status, 0) == pid;
  finished.elapsed = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  if (!waited) throw std::runtime_error("cannot run " + what.program);

  ioctl(in.reading.get(), FIONREAD, &finished.unread);
  out.writing.reset();
  err.writing.reset();
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  finished.out = detail::read_rest(out.reading);
  finished.err = detail::read_rest(err.reading);
  return finished;
}

}  // namespace scoped::test
