// Drives a token's session in this process to a goal, with progress for the person who waits, and so that an
// interruption never loses a password or leaves a claim open. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/rotate/session.h"

#include <functional>
#include <optional>

namespace scoped::ctl {

enum class Goal {
  ready,        // the current password is one that works
  rotated,      // a new password has become the current one
  retired,      // the same, and the old one is dead
  leak_closed,  // the same at once, and the one before is dead too
  repaired,     // the current password logs in
};

// What a drive needs of the world; the session has all else.
struct Driving {
  const Clock& clock;
  Console& console;
  Stop& stop;
  std::function<bool(std::chrono::milliseconds)> wait;       // as Stop::wait
  std::function<std::optional<TimeInterval>()> server_time;  // the registry's
  std::function<bool()> claim_is_open;                       // in the record, as it is now
  std::function<void()> promoted = {};                       // another password is current; may be empty
};
Result<rotate::TokenStatus> drive_session(const Driving& driving, rotate::Session& session, Ticks settle,
                                          Goal goal);

// The same with the real parts. REQUIRES: the agent's lock is held, or no agent can be for this
// configuration. Error: the session's, or unavailable where waiting would be too long (it says until when),
// or cancelled.
Result<rotate::TokenStatus> drive_here(const Run& run, const record::RecordName& name, Goal goal);

// The pure half, for tests: whether stopping after this turn loses nothing. A claim that is open and was not
// sent would bar the token for hours, a value in memory alone would be lost; a turn that only waited or could
// not look changes nothing about that.
bool is_safe_point(const rotate::Turn& turn, bool holds_value, bool was_safe);
bool has_reached(Goal goal, bool was_ready, const rotate::TokenStatus& status);

}  // namespace scoped::ctl
