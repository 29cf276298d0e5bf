#include "tests/crash/world.h"

#include <algorithm>

namespace scoped::crash {
namespace {

using record::kPassword1;
using record::kPassword2;
using record::Record;

const Instant kEpoch = parse_rfc3339("2026-03-01T12:00:00.25Z").value();
constexpr const char* kHost = "myregistry.azurecr.io";
constexpr const char* kReplica = "replica.azurecr.io";

std::string text_of(int value) { return "p" + std::to_string(value); }

int value_of(std::string_view text) {
  int value = 0;
  for (const char digit : text.substr(1)) value = value * 10 + (digit - '0');
  return value;
}

}  // namespace

// Due a moment after the start: generation 3 in password1; generation 2, in password2, has lapsed. Where a
// rotation is asked for it is not due, and generation 2 has just become free.
World::World(const WorldRow& numbers, const Plan& plan)
    : row(numbers),
      plan_(plan),
      start_(row.asked || row.retires
                 ? kEpoch + row.policy.offline + row.policy.hold
                 : kEpoch + row.policy.lifetime / 100 * row.policy.rotate_at_percent - Seconds(1)),
      now_(start_),
      changed_at_(kEpoch),
      last_created_(kEpoch) {
  const Instant made = kEpoch - row.policy.lifetime / 100 * row.policy.rotate_at_percent;
  values_.push_back({kPassword2, made, made + row.policy.lifetime, Maker::agent, made, kEpoch, false});
  values_.push_back({kPassword1, kEpoch, kEpoch + row.policy.lifetime, Maker::agent, kEpoch, {}, false});
  slots_[kPassword2].value = 0;
  slots_before_ = slots_;
  slots_[kPassword1].value = 1;
  const auto password = [this](int value) {
    const Value& v = values_[static_cast<size_t>(value)];
    return record::Password{"token",      v.slot,       Secret(text_of(value)),
                            v.created_at, v.expires_at, std::chrono::floor<Seconds>(row.policy.offline)};
  };
  Record record;
  record.registry = kHost;
  record.token = "token";
  record.generation = 3;
  record.current = password(1);
  record.previous = record::Previous{password(0), kEpoch + row.policy.offline + row.policy.hold};
  record.promoted_at = kEpoch;
  if (row.compares_too_early) record.rotator = record::Rotator{"agent 0"};
  append(record);
}

void World::append(const Record& record) {
  auto kept = std::make_shared<Record>(record.clone());
  kept->write_id = std::to_string(versions_.size());
  versions_.push_back({std::move(kept), now_});
}

void World::note_fault() {
  ++faults;
  last_fault_ = now_;
}

void World::blame(const std::string& what) {
  if (verdict.violation.empty())
    verdict.violation = what + " (" + std::to_string((now_ - start_) / std::chrono::milliseconds(1)) + " ms)";
}

// --- time ------------------------------------------------------------------------------------------------

void World::advance_to(Instant at) {
  while (true) {
    const auto next = std::min_element(
        under_way_.begin(), under_way_.end(),
        [](const UnderWay& left, const UnderWay& right) { return left.arrives < right.arrives; });
    if (next == under_way_.end() || next->arrives > at) break;
    const UnderWay request = *next;
    under_way_.erase(next);
    now_ = std::max(now_, request.arrives);
    apply(request.write);
  }
  now_ = std::max(now_, at);
}

std::optional<Instant> World::next_arrival() const {
  std::optional<Instant> next;
  for (const UnderWay& each : under_way_) next = std::min(next.value_or(each.arrives), each.arrives);
  return next;
}

// --- store -----------------------------------------------------------------------------------------------

void World::see(const Record& record) {
  const int index = find(record.current);
  if (index < 0) return;
  auto& seen_by = values_[static_cast<size_t>(index)].seen_by;
  if (std::find(seen_by.begin(), seen_by.end(), acting_) == seen_by.end()) seen_by.push_back(acting_);
}

store::LoadResult World::load() {
  size_t visible = versions_.size() - 1;
  // Every other life reads where the writes arrive first.
  const Ticks lag = is_near_store() ? Ticks(0) : row.policy.read_lag;
  while (visible > 0 && versions_[visible].at + lag > now_) --visible;
  see(*versions_[visible].record);
  return store::LoadResult::of({versions_[visible].record->clone(), std::to_string(visible)});
}

Result<> World::compare(const store::Revision& expected) const {
  if (expected == std::to_string(versions_.size() - 1)) return {};
  return fail(ErrorCode::conflict, "somebody else was first");
}

Result<store::Revision> World::save(const Record& record, const store::Revision& expected) {
  const bool hit = plan_.save != Save::normal && saves_++ == plan_.save_at;
  if (hit) {
    save_fault_happened = true;
    note_fault();
  }
  if (hit && plan_.save == Save::unavailable) return fail(ErrorCode::unavailable, "the store is full");
  if (hit && plan_.save == Save::lost_request) return fail(ErrorCode::ambiguous, "the answer was lost");
  if (!row.compares_too_early) TRY(compare(expected));
  judge_staged(*versions_.back().record, record);
  judge_current(versions_.back().record->current, record.current, false);
  append(record);
  see(record);
  if (hit) return fail(ErrorCode::ambiguous, "the answer was lost");
  return std::to_string(versions_.size() - 1);
}

// --- control plane ---------------------------------------------------------------------------------------

registry::TokenState World::token(bool stale) {
  looked_at_[acting_] = stale ? shown_when_stale() : now_;
  stale_looks_ += stale ? 1 : 0;
  registry::TokenState state;
  state.name = "token";
  state.provisioning = "Succeeded";
  for (const auto& [name, slot] : stale ? slots_before_ : slots_) {
    if (slot.value < 0) continue;
    const Value& value = values_[static_cast<size_t>(slot.value)];
    state.slots.push_back({name, value.created_at, value.expires_at});
  }
  return state;
}

std::optional<Error> World::send(Write write, Instant bearer_end) {
  write.sender.in_need = dead_since_ || is_near_expiry(current_value());
  if (now_ >= bearer_end) return Error(ErrorCode::login, "HTTP 401");
  using Fault = crash::Write;
  const Fault fault = writes_++ == 0 ? plan_.write : Fault::normal;
  if (fault != Fault::normal) {
    write_fault_happened = true;
    note_fault();
  }
  const Instant last_arrival = bearer_end + row.policy.fence_margin - Ticks(1);
  const Error lost(ErrorCode::ambiguous, "the answer was lost");
  switch (fault) {
    case Fault::refused:
      return Error(ErrorCode::denied, "HTTP 403");
    case Fault::throttled:
      return Error(ErrorCode::unavailable, "HTTP 429").with_retry_after(Seconds(3));
    case Fault::lost_request:
      return lost;
    case Fault::queued:
      under_way_.push_back({std::min(now_ + row.latency * 40, last_arrival), std::move(write)});
      return lost;
    case Fault::queued_long:
      under_way_.push_back({last_arrival, std::move(write)});
      return lost;
    case Fault::lost_answer:
      apply(write);
      return lost;
    case Fault::normal:
      break;
  }
  apply(write);
  return std::nullopt;
}

void World::apply(const Write& write) {
  if (write.expiry)
    put(write.slot, write.expiry, Maker::agent, write.sender);
  else
    empty(write.slot, write.sender);
}

Result<registry::Generated> World::generate(const std::string& slot, Instant expiry, Instant bearer_end,
                                            const Sender& sender) {
  if (auto error = send({sender, slot, expiry}, bearer_end)) return fail(std::move(*error));
  const int made = slots_.at(slot).value;
  const Value& value = values_[static_cast<size_t>(made)];
  return registry::Generated{"token", slot, Secret(text_of(made)), value.created_at, value.expires_at};
}

Result<> World::keep(const std::vector<std::string>& slots, Instant bearer_end, const Sender& sender) {
  for (const char* slot : {kPassword1, kPassword2}) {
    if (std::find(slots.begin(), slots.end(), slot) != slots.end()) continue;
    if (auto error = send({sender, slot, std::nullopt}, bearer_end)) return fail(std::move(*error));
  }
  return {};
}

void World::empty(const std::string& name, const Sender& sender) {
  Slot& slot = slots_[name];
  if (slot.value >= 0) judge_overwritten(slot.value, sender);
  slots_before_ = slots_;
  changed_at_ = now_;
  slot = {-1, slot.value, now_};
  judge_repair();
}

int World::put(const std::string& name, std::optional<Instant> expiry, Maker maker, const Sender& sender) {
  Slot& slot = slots_[name];
  if (slot.value >= 0 && maker == Maker::agent) judge_overwritten(slot.value, sender);
  if (slot.value >= 0 && maker == Maker::person) values_[static_cast<size_t>(slot.value)].killed = true;
  if (maker == Maker::agent && (!expiry || *expiry > now_ + row.policy.lifetime + row.policy.lifetime / 10))
    blame(name + ": a password was generated that does not expire in time");
  slots_before_ = slots_;
  changed_at_ = now_;
  last_created_ = std::max(last_created_ + Ticks(1), now_);
  const int made = static_cast<int>(values_.size());
  values_.push_back({name, last_created_, expiry, maker, {}, {}, false});
  slot = {made, slot.value, now_};
  judge_repair();
  return made;
}

// --- data plane ------------------------------------------------------------------------------------------

std::vector<std::string> World::endpoints() const {
  if (row.replica_lag == Ticks(0)) return {kHost};
  return {kHost, kReplica};
}

bool World::accepts(const std::string& host, std::string_view password) const {
  const int index = value_of(password);
  const Value& value = values_[static_cast<size_t>(index)];
  if (value.expires_at && now_ >= *value.expires_at) return false;
  const Slot& slot = slots_.at(value.slot);
  const bool has_heard = host == kHost || now_ >= slot.changed_at + row.replica_lag;
  return index == (has_heard ? slot.value : slot.before);
}

bool World::accepted_everywhere(int index) const {
  if (!accepted_by_endpoints(index)) return false;
  return now_ >= slots_.at(values_[static_cast<size_t>(index)].slot).changed_at + row.front_lag;
}

bool World::accepted_by_endpoints(int index) const {
  if (index < 0) return false;
  const std::string password = text_of(index);
  return accepts(kHost, password) && (row.replica_lag == Ticks(0) || accepts(kReplica, password));
}

bool World::is_live(int index) const {
  const auto& expires_at = values_[static_cast<size_t>(index)].expires_at;
  return !expires_at || now_ < *expires_at;
}

// --- what persons do -------------------------------------------------------------------------------------

void World::regenerate(const std::string& slot) {
  last_person_ = now_;
  was_disturbed_ = was_disturbed_ || slots_[slot].value == current_value();
  put(slot, std::nullopt, Maker::person, {});
}

void World::remove(const std::vector<std::string>& slots) {
  last_person_ = changed_at_ = now_;
  was_disturbed_ = true;
  slots_before_ = slots_;
  for (const std::string& name : slots) {
    Slot& slot = slots_[name];
    if (slot.value >= 0) values_[static_cast<size_t>(slot.value)].killed = true;
    slot = {-1, slot.value, now_};
  }
  judge_repair();
}

void World::restore() {
  if (versions_.size() < 3) return;
  last_person_ = restored_at_ = now_;
  was_disturbed_ = true;
  const Record before = versions_[versions_.size() - 3].record->clone();
  judge_current(versions_.back().record->current, before.current, true);
  append(before);
  judge_repair();
}

// By what 'scopedctl rotator take' writes.
void World::take(const std::string& instance) {
  Record moved = record().clone();
  moved.rotator = record::Rotator{instance, now_ + row.policy.fence_max + row.policy.fence_margin};
  append(moved);
}

// --- judge -----------------------------------------------------------------------------------------------

int World::find(const std::optional<record::Password>& password) const {
  return password ? find(*password) : -1;
}
int World::find(const record::Password& password) const { return value_of(password.password.reveal()); }
int World::current_value() const { return find(record().current); }

// The last instant at which somebody who was handed the password by the rules of section 5 may still use it.
Instant World::promised_until(const Value& value) const {
  const Instant end = value.expires_at.value_or(Instant::max());
  if (!value.current_from) return Instant::min();
  if (!value.current_until) return end;
  return std::min(end, *value.current_until + row.policy.read_lag + row.policy.offline + row.policy.hold);
}

// After a restore, a password that was made since is lost where the sender never saw it, or looked before its
// claim was erased.
bool World::is_forgotten(const Value& value, const Sender& sender) const {
  if (!restored_at_) return false;
  if (*restored_at_ >= sender.loaded_at) return true;
  return std::find(value.seen_by.begin(), value.seen_by.end(), sender.life) == value.seen_by.end();
}

bool World::is_near_expiry(int index) const {
  const auto& expires_at = values_[static_cast<size_t>(index)].expires_at;
  return expires_at && now_ >= *expires_at - row.policy.near_expiry() - Seconds(2);
}

// The password that clients go back to when the current one is dead.
bool World::is_last_recorded(int index) const {
  return record().previous && find(record().previous->password) == index &&
         !accepted_by_endpoints(current_value());
}

// What remains because the control plane has no compare-and-set: since the sender's last look a person made
// this password, or killed the current one beside it, or it was swapped back to.
bool World::remains_a_race(int index, const Sender& sender) const {
  const Value& value = values_[static_cast<size_t>(index)];
  const bool person_came = last_person_ && *last_person_ >= sender.looked_at;
  if (value.maker == Maker::person && value.created_at >= sender.looked_at) return true;
  if (is_last_recorded(index) && person_came) return true;
  return swapped_back_ == index && swapped_back_at_ && *swapped_back_at_ >= sender.loaded_at;
}

// One of our requests is about to end this password.
void World::judge_overwritten(int index, const Sender& sender) {
  if (!is_live(index)) return;
  const Value& value = values_[static_cast<size_t>(index)];
  const bool in_use = now_ < promised_until(value);
  const int current = current_value();
  const bool needlessly = value.maker == Maker::person && !sender.in_need && accepted_everywhere(current) &&
                          !is_near_expiry(current);
  if (!in_use && !needlessly && !is_last_recorded(index)) return;
  if (remains_a_race(index, sender) || is_forgotten(value, sender)) {
    ++verdict.races;
    return;
  }
  blame(value.slot + (in_use ? ": a password that clients may still use was overwritten"
                             : ": a person's password was overwritten"));
}

void World::judge_lateness(int index, Instant until) {
  const Value& value = values_[static_cast<size_t>(index)];
  if (value.killed || !value.expires_at || until <= *value.expires_at - row.policy.hold) return;
  if (faults > 1 || was_disturbed_)
    ++verdict.late;
  else
    blame("a password was still current within 'hold' of its expiry");
}

void World::judge_current(const std::optional<record::Password>& before,
                          const std::optional<record::Password>& after, bool by_person) {
  const int old_value = find(before), new_value = find(after);
  if (old_value == new_value) return;
  if (old_value >= 0) {
    judge_lateness(old_value, now_);
    values_[static_cast<size_t>(old_value)].current_until = now_;
  }
  if (new_value < 0) return;
  Value& made = values_[static_cast<size_t>(new_value)];
  if (!made.current_from) made.current_from = now_;
  made.current_until.reset();
  if (by_person) return;
  ++promotions;
  if (made.current_from < now_) {
    swapped_back_at_ = now_;
    swapped_back_ = new_value;
  }
  const bool works = accepted_by_endpoints(new_value);
  if (works && dead_since_) judge_repair_time();
  const bool was_dead = dead_since_.has_value();
  if (works) dead_since_.reset();
  if (accepted_everywhere(new_value) || was_dead) return;
  if (made.killed && last_person_ >= looked_at_[acting_])
    ++verdict.races;
  else if (old_value >= 0 && accepted_everywhere(old_value))
    blame("a password was promoted that is not accepted everywhere");
}

// A password that waits for its promotion is dropped when its slot was changed, or when it is still refused
// after every fence.
void World::judge_staged(const Record& before, const Record& after) {
  if (!before.pending || !before.pending->generated) return;
  const int staged = find(before.pending->generated);
  const bool kept = (after.pending && find(after.pending->generated) == staged) ||
                    find(after.current) == staged ||
                    (after.previous && find(after.previous->password) == staged);
  const Value& value = values_[static_cast<size_t>(staged)];
  if (kept || !is_live(staged) || slots_[value.slot].value != staged || stale_looks_ > 1) return;
  const bool is_over = now_ > before.pending->fence + row.policy.fence_margin;
  if (is_over && (was_told_wrong_ || !accepted_by_endpoints(staged))) return;
  if (restored_at_ && accepted_everywhere(find(after.current))) return;  // what was lost is put back
  blame("a staged password that works was dropped");
}

// Rule 3: one fault ended the password, and one left a claim for which nobody has to wait until its end. Who
// stands too long repairs nothing, and after a restore or a move of the rotator nothing is taken early.
bool World::is_repaired_early() const {
  if (faults > 2 || restored_at_) return false;
  return std::none_of(plan_.interruptions.begin(), plan_.interruptions.end(), [](const Interruption& each) {
    return each.cut == Cut::crash_long || each.cut == Cut::pause_long || each.cut == Cut::take;
  });
}

// Each fault may cost one more claim.
void World::judge_repair_time() {
  const rotate::Policy& policy = row.policy;
  const Ticks claim = policy.fence_max + policy.fence_margin;
  const Ticks rest =
      2 * policy.observe + policy.settle + 4 * policy.read_lag + row.replica_lag + row.latency * 200;
  const bool early = is_repaired_early();
  const Ticks limit = early ? std::min(claim, policy.repair_budget) + rest : (claim + rest) * (faults + 1);
  if (now_ - *dead_since_ > limit) blame("the repair took too long");
}

// After something changed a slot or the record: does the current password work?
void World::judge_repair() {
  const bool works = accepted_everywhere(current_value());
  if (works) {
    dead_since_.reset();
  } else if (!dead_since_) {
    dead_since_ = now_;
  }
}

bool World::is_quiet() const {
  const Record& newest = record();
  return under_way_.empty() && !newest.pending && accepted_everywhere(current_value()) &&
         (!newest.previous || newest.previous->free_at);
}

void World::judge_end() {
  const int current = current_value();
  if (current >= 0) judge_lateness(current, now_);
  if (!is_quiet()) blame("the world does not become quiet");
}

}  // namespace scoped::crash
