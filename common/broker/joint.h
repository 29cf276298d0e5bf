// Helpers of one user that want the same answer at once, where no agent gives it: the first becomes
// scoped-fetch and hands what it finds to the others, which wait for it and start nothing. A burst of them
// costs one process that reads a configuration, and many that read none.
//
// They meet at a socket in the user's private folder ($XDG_STATE_HOME/scoped, mode 0700), named after all
// that decides the answer: the request, the variables that name configurations, the groups. It is there as
// long as the first is at work. Nothing of this is needed for an answer: whoever cannot meet, or hears
// nothing for two seconds or an end, goes on alone, as all did before. Only what was found is told, no
// failure.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/broker/frame.h"

#include <chrono>
#include <optional>
#include <string>

namespace scoped::broker {

// Where those meet who ask this. Opened for each process anew.
struct Meeting {
  Fd folder;
  std::string name;      // of the socket
  std::string question;  // all that decides the answer; repeated with it
};
// Nothing: there is no folder to meet in yet, or it is not ours alone, or this is no docker `get`.
std::optional<Meeting> find_meeting(const Environment& environment, const Request& request);

// Neither: go on alone.
struct Met {
  Fd listening;                // of the first; it stays open across execve
  std::optional<Reply> reply;  // what another found
};
Met meet(const Meeting& meeting, std::chrono::steady_clock::time_point deadline);

// The first's end of it, in scoped-fetch. Whoever waits when it ends is told nothing.
class Host {
 public:
  // Nothing: `listening` is no socket that meet() made.
  static std::optional<Host> take(int listening, Meeting meeting);
  Host(Host&&) = default;
  Host& operator=(Host&&) = delete;
  ~Host();

  // Everybody who has come by now; nobody comes after that.
  void tell(const Reply& reply);

 private:
  Host(Fd listening, Meeting meeting) : listening_(std::move(listening)), meeting_(std::move(meeting)) {}
  void close_door();

  Fd listening_;
  Meeting meeting_;
};

}  // namespace scoped::broker
