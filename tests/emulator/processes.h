// Child processes that end when we end, however we end. Each leads a process group, so that what it starts
// ends with it. Start them from the main thread: the kernel ties the parent-death signal to the thread that
// forked. Not thread-safe.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace scoped::emulator {

// A server by its name: on PATH, in the folders of system programs, or where it was unpacked
// ($SCOPED_CACHE/servers, else $XDG_CACHE_HOME or ~/.cache, docker-credential-scoped/servers).
// not_found says which package has it.
Result<std::string> find_program(const std::string& name, const Environment& environment);

struct Command {
  std::string name;               // for errors
  std::vector<std::string> argv;  // the program by its path
  std::vector<std::string> env;   // "NAME=value"
  std::string log;                // both outputs are appended to it
  int inherited = -1;             // becomes descriptor 3; -1: none
};

class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { stop(); }

  Result<> start(const Command& command);
  // The first child that has ended, with how: "nginx ended with exit code 1". Empty while all run.
  std::string ended();
  // SIGTERM to all, SIGKILL to what is left after 5 seconds.
  void stop();

 private:
  std::map<pid_t, std::string> running_;
};

}  // namespace scoped::emulator
