// The planner: from what was observed of one token to the one next step, with its reason. Pure: an ordered
// chain of small rules in rules.cpp, the first that speaks decides. No plan survives a step; after each one
// the world is observed again, so a crash between any two instructions leaves a state that a rule here
// recognises. The rules are numbered in common/doc/rotation.md.
#pragma once

#include "agent/rotate/asked.h"
#include "agent/rotate/policy.h"
#include "common/record/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::rotate {

// A slot as the control plane shows it; only slots that hold a password are listed.
struct SlotView {
  Instant created_at{};
  std::optional<Instant> expires_at;

  bool operator==(const SlotView&) const = default;
};

enum class RecordView { found, absent, unreadable };

// What logins with one password have shown, forgotten when the process ends. Keyed by slot and creation time.
struct LoginEvidence {
  int accepted = 0;                      // rounds in a row in which every endpoint accepted it
  std::optional<Instant> last_accepted;  // server time, lower end
  std::optional<Instant> last_refused;
  std::optional<Instant> last_unclear;  // no answer, or an unexpected one
  int refused = 0;                      // rounds in a row in which some endpoint said 401
};

// What this process knows of the claim in the record beyond the record itself.
enum class Sent {
  unknown,    // the claim is another process's, or an earlier life's
  not_yet,    // ours, and nothing was sent
  refused,    // ours, sent, and the control plane said that it did nothing
  ambiguous,  // ours, sent, and nobody knows
  held,       // ours, and the value is in this process's memory
  done,       // ours, done, and its value is of no use (a retirement)
};

struct Observed {
  record::RecordName name;  // for the lines that tell a person what to run

  RecordView record_view = RecordView::absent;
  const record::Record* record = nullptr;  // when found
  std::string record_problem;              // when unreadable: one line

  bool token_exists = false;
  bool token_enabled = false;
  bool token_settled = false;  // provisioningState Succeeded
  std::map<std::string, SlotView> slots;
  bool slots_confirmed = false;  // two reads of ARM agreed on these slots

  Sent sent = Sent::unknown;
  std::map<std::pair<std::string, Instant>, LoginEvidence> logins;

  std::optional<TimeInterval> now;     // server time
  Asked asked = Asked::nothing;        // scopedctl rotate, scopedctl repair
  std::set<PasswordKey> condemned;     // by that
  std::optional<std::string> held_by;  // who has not been told of the current password: "a required hook ..."
  bool repairs_stopped = false;        // so many tokens want a repair at once that a person must look first
  // The store shows an older record than this process has seen before: nothing but a repair until then.
  std::optional<Instant> restored_until;
  const record::Record* before_restore = nullptr;  // the newest that this process saw, while restored_until
  bool may_rotate = true;                          // the duty is on
  bool one_rotates = false;    // the store has no compare-and-set: only the instance that the record names
  std::string instance;        // what we are called there; empty: nothing that a record may name
  double jitter_fraction = 0;  // in [0, 1): of this machine, token and generation
  // Its turn in the crowd that became due while this process was not there; nothing once that has come.
  std::optional<Instant> turn_at;
  std::optional<Instant> not_before;  // back-off after a failed step
  std::string last_error;             // why

  const LoginEvidence* evidence(const record::Password& password) const;
};

enum class Step {
  wait,
  give_up,    // a person must act; observed again at the next look
  claim,      // slot, kind
  release,    // drop the claim
  generate,   // send the one write of our claim
  retire,     // the same for a claim that overwrites or removes the previous password
  stage,      // put the held value into the record
  verify,     // log in with the password of `slot`
  promote,    // make the staged password the current one
  mark_free,  // write previous.free_at
  swap_back,  // make the previous password the current one again
  put_back,   // write the record as it was before the store was restored
  forget,     // drop the previous password, which was overwritten or removed, and the claim that did it
};
std::string_view name_of(Step step);
bool changes_current(Step step);  // clients are given another password after it

struct Decision {
  Step step = Step::wait;
  std::string reason = {};  // the words that status, the log and the tests show
  std::string slot = {};
  std::optional<Instant> until = {};  // wait: server time at which it is worth looking again
  bool repair = false;                // claim made because no recorded password works
  record::PendingKind kind = record::PendingKind::generate;  // of a claim
  bool removes = false;  // of one to retire: the password is removed, not overwritten
};

Decision next_step(const Observed& observed, const Policy& policy);

// In [0, 1), the same for the same machine, token and generation: agents that wake together do not claim
// together.
double jitter_fraction(std::string_view machine, const record::RecordName& name, int64_t generation);

// When the current password is due.
std::optional<Instant> due_at(const record::Record& record, const Policy& policy, double jitter_fraction);

}  // namespace scoped::rotate
