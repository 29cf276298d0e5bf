// One token's rotation: observe, decide, execute one step, observe. A Session is used by one thread at a
// time; it keeps what a process knows beyond the record (a value not yet staged, what logins have shown) and
// nothing else. Calls block on the store, the control plane and the login endpoints.
#pragma once

#include "agent/registry/control_plane.h"
#include "agent/rotate/decide.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/store/record_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scoped::rotate {

// Everything outlives the session.
struct World {
  store::RecordStore& store;
  registry::ControlPlane& control;
  registry::LoginProbe& probe;
  const Clock& clock;
  Random& random;
  std::vector<std::string> endpoints;  // login hosts, the registry's own first
  std::string owner;                   // random per process start
  std::string machine;                 // machine-id, for the jitter
  bool may_rotate = true;
  std::string instance = {};  // what a record calls this agent where one alone may rotate; empty: nothing
  std::function<bool()> repairs_stopped = {};  // rule 8: too many tokens want a repair at once; may be empty
  // What the old slot of this record must wait for, if anything, as the end of "kept until ..."; may be
  // empty.
  std::function<std::optional<std::string>(const record::Record&)> held_by = {};
};

// What `status`, the live view and the tests show. Times are server times.
struct SlotStatus {
  std::string slot;
  std::string role;  // "current", "previous", "staged", "claimed", "handed over", "unexplained", "orphan",
                     // "retired", "lapsed", "empty"
  std::optional<Instant> created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> free_at;
};

// One step of what a person asked for.
struct Stage {
  std::string step;  // as of decide.h, or "copies"
  std::string slot;
  std::string reason;
  std::chrono::milliseconds after{0};  // since it was asked for
};

struct TokenStatus {
  record::RecordName name;
  bool read = false;  // false: not read yet
  bool ready = false;
  bool lost = false;  // the current password is not what the registry shows any more (rule 8)
  int64_t generation = 0;
  std::vector<SlotStatus> slots;  // password1, password2
  std::string step;               // the next one
  std::string reason;
  std::optional<Instant> until;  // when
  std::optional<Instant> due_at;
  std::string problem;        // empty: none; else one line that says what to do
  int64_t rotations = 0;      // promotions made by this process
  std::string asked;          // what a person asked for and is not done; empty: nothing
  std::vector<Stage> stages;  // what was done for it, or for the last one
};

struct Turn {
  Decision decision;                        // what was done, or waited for
  std::optional<Error> error;               // why the step failed; the session backs off and looks again
  bool acted = false;                       // something was changed
  std::chrono::milliseconds look_again{0};  // after this long: of what was changed, when every reader sees it

  bool shows_at_once() const { return acted && look_again.count() == 0; }
};

class Session {
 public:
  // Thousands of sessions share one world.
  Session(std::shared_ptr<const World> world, record::RecordName name, Policy policy);
  Session(World world, record::RecordName name, Policy policy);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Observes with what a list call of the control plane showed (null: the token is not in the list), and only
  // if there is something to do observes afresh (record and one GET) and executes one step. `has_record`
  // false: a list of the store did not show one, so that none is asked for.
  Turn turn(const registry::TokenState* listed, bool has_record = true);
  // Observes afresh and executes one step.
  Turn turn();

  void ask(Asked what);        // until it is done, or this process ends
  void note_copies();          // the copies have what was promoted last: a stage of what was asked for
  bool holds_value() const;    // a generated password is in memory alone: do not stop before it is staged
  TokenStatus status() const;  // of the last observation; no I/O
  TokenStatus take_status();   // the same, not kept: until the next observation status() knows nothing
  void change_policy(const Policy& policy);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs turns until `done(status)`, or the time is over (unavailable, with the last reason), or a person must
// act, or an error that waiting does not mend, or `most_failures` errors in a row. `progress` is called after
// each turn; `wait` sleeps and returns false when asked to stop (cancelled, unless a value is held: then it
// goes on until that is staged).
struct Drive {
  std::function<bool(const TokenStatus&)> done;
  std::function<void(const Turn&, const TokenStatus&)> progress;
  std::function<bool(std::chrono::milliseconds)> wait;
  std::chrono::milliseconds at_most{std::chrono::minutes(15)};
  int most_failures = 4;
};
Result<TokenStatus> drive(Session& session, const Clock& clock, const Drive& drive);

// The record of a token without a recorded password: the first generate will not touch `reserved_slot`.
record::Record make_not_ready_record(const record::RecordName& name, const std::string& reserved_slot);
// The record of a token whose password the user has. REQUIRES: proved by a login, slot as read from ARM.
record::Record make_imported_record(const record::RecordName& name, const registry::SlotState& slot,
                                    const Secret& password, std::chrono::seconds offline, Instant now);

}  // namespace scoped::rotate
