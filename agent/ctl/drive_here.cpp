#include "agent/ctl/drive_here.h"

#include "agent/ctl/publish_here.h"
#include "agent/ctl/times.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

using rotate::Step;
using std::chrono::milliseconds;

constexpr std::chrono::minutes kPatience{15};  // beside the time that a password must settle
constexpr std::chrono::minutes kCleaning{2};   // for what an error left open

bool is_idle(Step step) { return step == Step::wait || step == Step::give_up; }

// Follows the turns of one drive.
class Watch {
 public:
  Watch(const Driving& driving, const rotate::Session& session, BootInstant deadline)
      : driving_(driving), session_(session), deadline_(deadline) {}

  void after(const rotate::Turn& turn, const rotate::TokenStatus& status);
  bool wait(milliseconds length);
  bool was_ready() const { return was_ready_.value_or(false); }
  bool is_safe() const { return safe_; }
  // What a drive's error means here.
  Error explain(Error error) const;

 private:
  Instant now() const;
  std::string_view how_far() const;
  void show(const rotate::Decision& decision, const std::optional<Error>& error);

  const Driving& driving_;
  const rotate::Session& session_;
  BootInstant deadline_;
  bool safe_ = true;
  std::optional<bool> was_ready_;
  rotate::TokenStatus status_;
  std::optional<rotate::Decision> waiting_;
  Step last_done_ = Step::wait;
  std::string shown_;
  std::optional<Instant> too_late_;  // the wait would end beyond the deadline, then
};

Instant Watch::now() const {
  const auto time = driving_.server_time();
  return time ? time->latest : driving_.clock.now();
}

void Watch::show(const rotate::Decision& decision, const std::optional<Error>& error) {
  std::string text = status_.name.display() + ": ";
  if (error)
    text += error->line();
  else if (is_idle(decision.step))
    text += decision.reason;
  else
    text += std::string(name_of(decision.step)) + ": " + decision.reason;
  const bool is_new = text != std::exchange(shown_, text);
  if (decision.until && !error) text += " (" + relative(*decision.until, now()) + ")";
  driving_.console.progress(text, is_new);
}

void Watch::after(const rotate::Turn& turn, const rotate::TokenStatus& status) {
  if (!was_ready_) was_ready_ = status.ready;
  status_ = status;
  safe_ = is_safe_point(turn, session_.holds_value(), safe_);
  driving_.stop.at_safe_point(safe_);
  if (turn.acted) last_done_ = turn.decision.step;
  if (turn.acted && rotate::changes_current(turn.decision.step) && driving_.promoted) driving_.promoted();
  waiting_.reset();
  if (!turn.error && is_idle(turn.decision.step))
    waiting_ = turn.decision;  // shown if it is waited for: the goal may be reached
  else
    show(turn.decision, turn.error);
}

bool Watch::wait(milliseconds length) {
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - driving_.clock.boot_now());
  if (safe_ && status_.until && *status_.until - now() > left) {
    too_late_ = status_.until;
    return false;
  }
  if (waiting_) show(*waiting_, std::nullopt);
  const bool goes_on = driving_.wait(length);
  return goes_on || !safe_;
}

Error Watch::explain(Error error) const {
  if (too_late_)
    return {ErrorCode::unavailable,
            status_.reason + ", until " + with_relative(too_late_, now()) + ": run it again then"};
  if (error.code() != ErrorCode::cancelled) return error;
  return {ErrorCode::cancelled, "stopped " + std::string(how_far()) + ": run it again to go on"};
}

std::string_view Watch::how_far() const {
  if (last_done_ == Step::promote) return "when the new password had just become the current one";
  const bool is_staged = std::any_of(status_.slots.begin(), status_.slots.end(),
                                     [](const rotate::SlotStatus& slot) { return slot.role == "staged"; });
  if (is_staged || last_done_ == Step::stage)
    return "with a new password that is saved, but not yet verified and handed out";
  return "before a new password was made";
}

// A drive may end at an error while a value is in memory alone or a claim is open: one is saved, the other
// given back, before anything is told.
void clean_up(const Driving& driving, rotate::Session& session, Watch& watch) {
  const BootInstant deadline = driving.clock.boot_now() + kCleaning;
  while (session.holds_value() || (!watch.is_safe() && driving.claim_is_open())) {
    if (driving.clock.boot_now() > deadline) return;
    driving.stop.at_safe_point(false);
    const rotate::Turn turn = session.turn();
    watch.after(turn, session.status());
    if (!turn.shows_at_once()) driving.wait(std::min(turn.look_again, milliseconds(2'000)));
  }
}

}  // namespace

bool is_safe_point(const rotate::Turn& turn, bool holds_value, bool was_safe) {
  if (holds_value) return false;
  switch (turn.decision.step) {
    case Step::wait:
      return was_safe;
    case Step::claim:
      return !turn.acted;
    case Step::generate:
    case Step::retire:  // refused: the claim is given back first; ambiguous: only time mends that
      return turn.acted || (turn.error && turn.error->code() == ErrorCode::ambiguous);
    case Step::release:
      return turn.acted;
    case Step::give_up:
    case Step::stage:
    case Step::verify:
    case Step::promote:
    case Step::mark_free:
    case Step::swap_back:
    case Step::put_back:
    case Step::forget:
      return true;
  }
  return true;
}

bool has_reached(Goal goal, bool was_ready, const rotate::TokenStatus& status) {
  switch (goal) {
    case Goal::ready:
      return status.ready && !status.lost;
    case Goal::rotated:
      return status.rotations > 0 || (status.ready && !was_ready);
    case Goal::retired:
    case Goal::leak_closed:
    case Goal::repaired:
      return status.asked.empty();
  }
  return false;
}

rotate::Asked asked_by(Goal goal) {
  switch (goal) {
    case Goal::ready:
      return rotate::Asked::nothing;
    case Goal::rotated:
      return rotate::Asked::rotation;
    case Goal::retired:
      return rotate::Asked::retire_now;
    case Goal::leak_closed:
      return rotate::Asked::leaked;
    case Goal::repaired:
      return rotate::Asked::repair;
  }
  return rotate::Asked::nothing;
}

Result<rotate::TokenStatus> drive_session(const Driving& driving, rotate::Session& session, Ticks settle,
                                          Goal goal) {
  if (const auto asked = asked_by(goal); asked != rotate::Asked::nothing) session.ask(asked);
  rotate::Drive drive;
  drive.at_most = kPatience + std::chrono::ceil<milliseconds>(settle);
  Watch watch(driving, session, driving.clock.boot_now() + std::chrono::duration_cast<Ticks>(drive.at_most));
  drive.progress = [&watch](const rotate::Turn& turn, const rotate::TokenStatus& status) {
    watch.after(turn, status);
  };
  drive.done = [&watch, goal](const rotate::TokenStatus& status) {
    return watch.is_safe() && has_reached(goal, watch.was_ready(), status);
  };
  drive.wait = [&watch](milliseconds length) { return watch.wait(length); };
  auto status = rotate::drive(session, driving.clock, drive);
  clean_up(driving, session, watch);
  driving.stop.at_safe_point(true);
  if (!status) return fail(watch.explain(std::move(status).error()));
  return status;
}

Result<rotate::TokenStatus> drive_here(const Run& run, const record::RecordName& name, Goal goal) {
  rotate::Session session = TRY(run.parts.session_of(name));
  const auto policy = TRY(run.parts.policy_of(name));
  const net::ServerTime& time = TRY(run.parts.control_of(name.registry))->server_time();
  store::RecordStore& store = *TRY(run.parts.store_of(name.registry));
  const Driving driving{run.around.clock,
                        run.console(),
                        run.around.stop,
                        [&run](milliseconds length) { return run.around.stop.wait(length); },
                        [&run, &time] { return time.at(run.around.clock.boot_now()); },
                        [&store, &name] {
                          const store::LoadResult loaded = store.load(name);
                          return loaded.found && loaded.found->record.pending &&
                                 loaded.found->record.pending->phase == record::PendingPhase::claimed;
                        },
                        [&run, &name] { publish_here(run, name); }};
  return drive_session(driving, session, policy.settle, goal);
}

}  // namespace scoped::ctl
