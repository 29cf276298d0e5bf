#include "agent/rotate/session.h"

#include "agent/rotate/execute.h"
#include "agent/rotate/observe.h"
#include "agent/rotate/status.h"

#include <algorithm>

namespace scoped::rotate {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kShortestLook{200};
constexpr Milliseconds kFirstBackOff{1'000};

bool is_idle(Step step) { return step == Step::wait || step == Step::give_up; }

// A step that brings a token nearer to its next password; the others are repeated after a failure.
bool is_progress(Step step) {
  return step == Step::generate || step == Step::retire || step == Step::stage || step == Step::promote ||
         step == Step::swap_back;
}

bool writes_record(Step step) {
  return step != Step::verify && step != Step::generate && step != Step::retire && !is_idle(step);
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const World> shared;
  const World& world;
  record::RecordName name;
  Policy policy;
  Memory memory;
  std::unique_ptr<TokenStatus> told;  // when there is something to tell
  BootInstant asked_at{};
  std::vector<Stage> stages;

  Turn decide(const Observation& seen);
  Turn act(const Observation& seen, Decision decision);
  Turn failed(Decision decision, Error error);
  Milliseconds look_again(const Observed& observed, const Decision& decision) const;
  Milliseconds back_off(const Error& error);
  void note(std::string step, const Decision& decision);
  void end_request(const Observed& observed);
  TokenStatus& status() {
    if (!told) told = std::make_unique<TokenStatus>();
    told->name = name;
    return *told;
  }
};

void Session::Impl::note(std::string step, const Decision& decision) {
  const auto after = std::chrono::floor<Milliseconds>(world.clock.boot_now() - asked_at);
  stages.push_back({std::move(step), decision.slot, decision.reason, after});
}

void Session::Impl::end_request(const Observed& observed) {
  if (!is_fulfilled(observed, policy)) return;
  memory.asked = Asked::nothing;
  memory.condemned.clear();
}

Milliseconds Session::Impl::look_again(const Observed& observed, const Decision& decision) const {
  const Milliseconds longest = std::chrono::ceil<Milliseconds>(policy.observe);
  if (memory.held) return std::min(kFirstBackOff, longest);
  if (!decision.until || !observed.now) return longest;
  const auto left = std::chrono::ceil<Milliseconds>(*decision.until - observed.now->earliest);
  return std::clamp(left + Milliseconds(1), kShortestLook, std::max(longest, kShortestLook));
}

// 1 s, 2 s, 4 s ... up to `observe`; a Retry-After is a floor.
Milliseconds Session::Impl::back_off(const Error& error) {
  const Milliseconds longest = std::max(std::chrono::ceil<Milliseconds>(policy.observe), kFirstBackOff);
  const Milliseconds wait = kFirstBackOff * (1 << std::min(memory.failures, 12));
  ++memory.failures;
  return std::max(std::min(wait, longest), Milliseconds(error.retry_after().value_or(Seconds(0))));
}

Turn Session::Impl::failed(Decision decision, Error error) {
  const Milliseconds wait = back_off(error);
  memory.last_error = error.line();
  const auto now = world.control.server_time().at(world.clock.boot_now());
  if (now) memory.not_before = now->latest + wait;
  status().problem = memory.last_error;
  const bool gives_back = memory.sent == Sent::refused;  // a claim for nothing stands in others' way
  return {std::move(decision), std::move(error), false, gives_back ? Milliseconds(0) : wait};
}

Turn Session::Impl::decide(const Observation& seen) {
  const int64_t rotations = memory.rotations;
  Decision decision = next_step(seen.observed, policy);
  end_request(seen.observed);
  std::string error = memory.failures > 0 ? memory.last_error : std::string();
  TokenStatus& status = this->status() = make_status(name, policy, seen.observed, decision);
  if (status.problem.empty()) status.problem = std::move(error);
  status.rotations = rotations;
  status.asked = std::string(name_of(memory.asked));
  status.stages = stages;
  const Milliseconds wait = look_again(seen.observed, decision);
  return {std::move(decision), std::nullopt, false, wait};
}

Turn Session::Impl::act(const Observation& seen, Decision decision) {
  const bool is_asked = memory.asked != Asked::nothing;
  auto done = execute(decision, world, name, policy, seen, memory);
  if (!done) return failed(std::move(decision), std::move(done).error());
  if (decision.step != Step::release) memory.not_before.reset();
  if (is_progress(decision.step)) memory.failures = 0;
  if (is_asked) note(std::string(name_of(decision.step)), decision);
  // A record that was written is not looked at before the store shows it to every reader.
  const bool wrote = writes_record(decision.step);
  const Milliseconds lag = std::chrono::ceil<Milliseconds>(wrote ? policy.read_lag : Ticks(0));
  return {std::move(decision), std::nullopt, true, lag};
}

Session::Session(std::shared_ptr<const World> world, record::RecordName name, Policy policy)
    : impl_(new Impl{world, *world, std::move(name), policy, {}, nullptr, {}, {}}) {}
Session::Session(World world, record::RecordName name, Policy policy)
    : Session(std::make_shared<const World>(std::move(world)), std::move(name), policy) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Turn Session::turn(const registry::TokenState* listed, bool has_record) {
  Observation seen;
  observe(impl_->world, impl_->name, impl_->policy, {listed, has_record}, impl_->memory, seen);
  Turn glance = impl_->decide(seen);
  if (is_idle(glance.decision.step)) return glance;
  return turn();
}

Turn Session::turn() {
  Observation seen;
  auto looked = observe_afresh(impl_->world, impl_->name, impl_->policy, impl_->memory, seen);
  if (!looked)
    return impl_->failed({.step = Step::wait, .reason = "the token could not be observed"},
                         std::move(looked).error());
  Turn turn = impl_->decide(seen);
  if (is_idle(turn.decision.step)) return turn;
  return impl_->act(seen, std::move(turn.decision));
}

void Session::ask(Asked what) {
  Memory& memory = impl_->memory;
  memory.asked = std::max(memory.asked, what);
  memory.must_condemn = true;
  impl_->asked_at = impl_->world.clock.boot_now();
  impl_->stages.clear();
  impl_->status().asked = std::string(name_of(memory.asked));
}

void Session::note_copies() {
  impl_->note("copies", {.reason = "this machine's clients are given the new password"});
  impl_->status().stages = impl_->stages;
}

bool Session::holds_value() const { return impl_->memory.held != nullptr; }
TokenStatus Session::status() const { return impl_->status(); }
TokenStatus Session::take_status() {
  TokenStatus status = std::move(impl_->status());
  impl_->told.reset();
  return status;
}
void Session::change_policy(const Policy& policy) { impl_->policy = policy; }

namespace {

// Whether trying again may help without a person.
bool may_mend(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::conflict || code == ErrorCode::ambiguous;
}

}  // namespace

Result<TokenStatus> drive(Session& session, const Clock& clock, const Drive& drive) {
  const BootInstant deadline = clock.boot_now() + std::chrono::duration_cast<Ticks>(drive.at_most);
  for (int failures = 0;;) {
    Turn turn = session.turn();
    TokenStatus status = session.status();
    if (drive.progress) drive.progress(turn, status);
    failures = turn.error ? failures + 1 : turn.acted ? 0 : failures;
    const bool hopeless = turn.error && (!may_mend(turn.error->code()) || failures >= drive.most_failures);
    if (hopeless && !session.holds_value()) {
      session.turn();  // gives a refused claim back
      return fail(std::move(*turn.error));
    }
    if (!turn.error && drive.done(status)) return status;
    if (turn.decision.step == Step::give_up) return fail(ErrorCode::denied, turn.decision.reason);
    if (clock.boot_now() > deadline)
      return fail(ErrorCode::unavailable, turn.error ? turn.error->line() : turn.decision.reason);
    if (turn.shows_at_once()) continue;
    if (!drive.wait(turn.look_again) && !session.holds_value())
      return fail(ErrorCode::cancelled, "stopped: " + turn.decision.reason);
  }
}

}  // namespace scoped::rotate
