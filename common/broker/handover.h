// How the front hands a request over to scoped-fetch when no agent gave the answer: one command line, and the
// client's stdin again. Both ends use this file; neither includes the other. Pure.
//
//   scoped-fetch VERB [--kubelet] [--profile=P] [--asked=LEVEL:HEARD,...] [--deadline=MS] [--joint=FD]
//
// VERB is get, store, erase or list; with --kubelet it is get and stdin is kubelet's request. The command
// line is seen by every process, so nothing in it is secret. The environment is handed down as it is.
//
// Stdin is a sealed memfd without a name, at offset 0, which holds what the client sent (at most
// protocol::kLongestInput bytes). The front is gone by then, so this is the only copy: whoever reads it
// closes it, and its pages go back to the kernel. Stdout and stderr are the client's. execve makes a process
// dumpable again, so that fetch, too, begins with switching core dumps off.
//
// Started under the helper's own name (images without an agent), fetch is given `VERB` alone, by the client.
#pragma once

#include "common/base/result.h"
#include "common/broker/client.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::broker {

// Looked for in the folder of /proc/self/exe, then in the compiled-in SCOPED_LIBEXECDIR, never in PATH.
inline constexpr const char* kFetchProgram = "scoped-fetch";

// What one socket said to the front.
enum class Heard {
  not_mine,   // "not-mine": its agent does not know the registry
  absent,     // "absent": Outcome::absent
  forbidden,  // "forbidden": Outcome::forbidden
  no_answer,  // "no-answer": Outcome::no_answer
};

struct Hearing {
  Level level = Level::user;  // "user" or "system"
  Heard heard = Heard::absent;

  bool operator==(const Hearing&) const = default;
};

struct Handover {
  std::string verb;
  Kind kind = Kind::docker;
  std::string profile;  // empty: none
  // In the order in which they were asked. A level that is missing was not asked: the front asks for `get`
  // alone, and stops at a user's agent that keeps silent.
  std::vector<Hearing> asked;
  // When the whole request must have ended (the front's 20 s, of which some are spent); nothing: not told.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  // The socket, open already, at which others wait for the same answer (joint.h); nothing: nobody does.
  std::optional<int> joint = {};
};

// The arguments after the program's name.
std::vector<std::string> arguments_of(const Handover& handover);
// Takes the arguments after the program's name, also the helper's own form (`VERB` alone). invalid_input: an
// unknown verb or option, or one given twice; one line that names it.
Result<Handover> parse_handover(const std::vector<std::string_view>& arguments);

}  // namespace scoped::broker
