// What is to go wrong in one history, as data: which world, how many agents, at most two interruptions, each
// at one point of one agent, at most one answer of the control plane and one of the store out of order. A
// point is one call that leaves the agent (store, control plane, login, identity), numbered per agent from
// its first start on, across restarts.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::crash {

enum class Cut {
  none,
  crash,        // the process dies before the call, and starts again at once
  crash_long,   // and starts again after every fence and margin
  pause,        // the call begins a moment later: whatever others want to do comes in between
  pause_long,   // it begins after every fence and margin (a stopped process, a suspended laptop)
  regenerate1,  // before the call, a person regenerates password1 ...
  regenerate2,  // ... or password2 ...
  remove1,      // ... or removes password1 ...
  wipe,         // ... or a redeployment wipes both
  restore,      // before the call, the store is set back to the record before its last two saves
  stale,        // the call reads the control plane as it was before its last change
  refuse,       // the call is a login, and is refused whatever the password
  take,         // before the call, an operator lets another agent rotate (a store without compare-and-set)
};
inline constexpr std::array kCuts = {Cut::crash,       Cut::crash_long,  Cut::pause,   Cut::pause_long,
                                     Cut::regenerate1, Cut::regenerate2, Cut::remove1, Cut::wipe,
                                     Cut::restore,     Cut::stale,       Cut::refuse,  Cut::take};
// What a point is; a cut that does not fit it does not happen.
// `write`: of a save that has been compared already. A restore in that moment is undone by it, and nobody can
// know whom the old password was handed to meanwhile (rotation.md, "What remains").
enum class Call { store, write, look, connect, send, answer, login, identity };
inline bool fits(Cut cut, Call call) {
  if (cut == Cut::stale) return call == Call::look;
  if (cut == Cut::restore && call == Call::write) return false;
  return cut != Cut::refuse || call == Call::login;
}

// What happens to the first generate that leaves.
enum class Write {
  normal,
  refused,       // 403, nothing done
  throttled,     // 429 with a Retry-After
  lost_request,  // never arrives; the sender cannot tell
  lost_answer,   // applied at once; the sender cannot tell
  queued,        // applied a moment later; the sender cannot tell
  queued_long,   // applied in the last instant that the bearer and the margin allow
};
inline constexpr std::array kWrites = {Write::normal,       Write::refused,     Write::throttled,
                                       Write::lost_request, Write::lost_answer, Write::queued,
                                       Write::queued_long};

enum class Save { normal, unavailable, lost_answer, lost_request };
inline constexpr std::array kSaves = {Save::normal, Save::unavailable, Save::lost_answer, Save::lost_request};

std::string_view name_of(Cut cut);
std::string_view name_of(Write write);
std::string_view name_of(Save save);

struct Interruption {
  Cut cut = Cut::none;
  int agent = 0;
  int point = 0;

  bool operator==(const Interruption&) const = default;
};

struct Plan {
  int world = 0;  // row of worlds()
  int agents = 1;
  std::array<Interruption, 2> interruptions;
  Write write = Write::normal;
  Save save = Save::normal;  // of the save numbered `save_at`, counted over all agents
  int save_at = 0;
};

// "world=0 agents=2 cut=pause:1:17 cut=crash:0:23 write=queued save=lost_answer:2": what a failing history is
// reported as, and what --replay takes.
std::string display(const Plan& plan);
std::optional<Plan> parse_plan(std::string_view text);

}  // namespace scoped::crash
