#include "agent/rotate/observe.h"

#include <utility>

namespace scoped::rotate {
namespace {

void see_record(const World& world, const record::RecordName& name, Observation& into) {
  store::LoadResult loaded = world.store.load(name);
  Observed& observed = into.observed;
  switch (loaded.state) {
    case store::LoadState::found:
      into.found = std::move(loaded.found);
      observed.record_view = RecordView::found;
      observed.record = &into.found->record;
      return;
    case store::LoadState::absent:
      observed.record_view = RecordView::absent;
      return;
    case store::LoadState::locked:
    case store::LoadState::denied:
    case store::LoadState::unavailable:
    case store::LoadState::corrupt:
      observed.record_view = RecordView::unreadable;
      observed.record_problem = loaded.why ? loaded.why->line() : std::string(name_of(loaded.state));
  }
}

void see_token(const registry::TokenState* token, Observed& observed) {
  observed.token_exists = token != nullptr;
  if (token == nullptr) return;
  observed.token_enabled = token->enabled;
  observed.token_settled = token->provisioning == "Succeeded";
  for (const registry::SlotState& slot : token->slots)
    observed.slots[slot.name] = SlotView{slot.created_at, slot.expires_at};
}

// Two reads agree only when both came after the record as it is: one from before a slot was written and a
// stale one agree as well. `afresh`: the token was read after the record.
void confirm_slots(bool afresh, const std::optional<store::Found>& found, Memory& memory,
                   Observed& observed) {
  if (!found) return;
  observed.slots_confirmed =
      observed.slots == memory.slots_before && found->revision == memory.revision_before;
  if (!afresh) return;
  memory.slots_before = observed.slots;
  memory.revision_before = found->revision;
}

// The record names us after it named another, and no move to us can be why: it is an old one, and the other
// may have asked for something since that nobody knows here.
bool is_ours_again(const Observed& observed, Memory& memory) {
  const auto& rotator = observed.record->rotator;
  const bool is_ours = rotator && rotator->instance == observed.instance;
  const bool was_anothers = std::exchange(memory.was_anothers, rotator && !is_ours);
  return is_ours && was_anothers && !(rotator->from && observed.now->earliest <= *rotator->from);
}

// Rule 9: an older generation than one that was seen before. It counts as restored until its claim is
// dropped, however late we look again: the claimed slot may hold what was promoted since.
void notice_restore(const Policy& policy, Memory& memory, Observation& into) {
  Observed& observed = into.observed;
  if (observed.record == nullptr || !observed.now) return;
  const int64_t generation = observed.record->generation;
  if (generation < memory.highest_generation || is_ours_again(observed, memory))
    memory.restored_until = observed.now->latest + policy.fence_max + policy.fence_margin;
  memory.highest_generation = generation;
  const bool is_over = memory.restored_until && observed.now->earliest > *memory.restored_until;
  if (is_over && !observed.record->pending) memory.restored_until.reset();
  observed.restored_until = memory.restored_until;
  if (!memory.restored_until) {
    memory.newest = KeptRecord(*observed.record);
  } else if (memory.newest) {
    into.before_restore = memory.newest->whole(observed.name);
    observed.before_restore = &*into.before_restore;
  }
}

// A value in memory is of no more use once its claim is over: it is staged (the answer to that was lost), or
// somebody took over. Kept, it would hold up the agent's stop.
void drop_idle_value(const record::Record& record, Memory& memory) {
  const auto& pending = record.pending;
  const bool stands =
      pending && pending->txn == memory.txn && pending->phase == record::PendingPhase::claimed;
  if (memory.held && !stands) memory.forget_claim();
}

// As far behind this process's first look as the jitter says: tokens that are due at once, since no agent ran
// when they became so, do not ask for everything at once.
std::optional<Instant> turn_in_crowd(const World& world, const Policy& policy, const Memory& memory,
                                     const Observed& observed) {
  const Ticks delay(
      static_cast<int64_t>(static_cast<double>(policy.jitter.count()) * observed.jitter_fraction));
  const Ticks left = *memory.first_look + delay - world.clock.boot_now();
  if (!observed.now || left <= Ticks(0)) return std::nullopt;
  return observed.now->earliest + left;
}

void condemn(Memory& memory, Observed& observed) {
  if (std::exchange(memory.must_condemn, false)) memory.condemned.merge(condemned_by(memory.asked, observed));
  observed.condemned = memory.condemned;
}

void add_memory(const World& world, const record::RecordName& name, const Policy& policy, Memory& memory,
                Observation& into) {
  Observed& observed = into.observed;
  observed.now = world.control.server_time().at(world.clock.boot_now());
  observed.logins = memory.logins;
  observed.asked = memory.asked;
  observed.may_rotate = world.may_rotate;
  // Where nothing can be saved the claim is refused, by the line that says why.
  const store::Caps caps = world.store.caps();
  observed.one_rotates = caps.cas == store::CompareAndSet::none && !caps.read_only;
  observed.instance = world.instance;
  observed.repairs_stopped = world.repairs_stopped && world.repairs_stopped();
  observed.not_before = memory.not_before;
  observed.last_error = memory.last_error;
  if (observed.record == nullptr) return;
  observed.jitter_fraction = jitter_fraction(world.machine, name, observed.record->generation);
  drop_idle_value(*observed.record, memory);
  const auto& pending = observed.record->pending;
  observed.sent = pending && pending->txn == memory.txn ? memory.sent : Sent::unknown;
  if (!memory.first_look) memory.first_look = world.clock.boot_now();
  observed.turn_at = turn_in_crowd(world, policy, memory, observed);
  notice_restore(policy, memory, into);
  condemn(memory, observed);
}

// A publisher of any agent that is behind, by its own word; else what this process knows.
std::optional<std::string> held_by(const World& world, const record::Record& record) {
  for (const auto& [id, generation] : record.published)
    if (generation < record.generation) return "publisher '" + id + "' has told everybody";
  return world.held_by ? world.held_by(record) : std::nullopt;
}

}  // namespace

void observe(const World& world, const record::RecordName& name, const Policy& policy, const Listed& listed,
             Memory& memory, Observation& into) {
  into.observed.name = name;
  if (listed.has_record) see_record(world, name, into);
  see_token(listed.token, into.observed);
  confirm_slots(false, into.found, memory, into.observed);
  add_memory(world, name, policy, memory, into);
}

Result<> observe_afresh(const World& world, const record::RecordName& name, const Policy& policy,
                        Memory& memory, Observation& into) {
  into.observed.name = name;
  see_record(world, name, into);
  const auto token = world.control.get_token(name.token);
  if (!token && token.error().code() != ErrorCode::not_found) return fail(token.error());
  see_token(token ? &*token : nullptr, into.observed);
  confirm_slots(true, into.found, memory, into.observed);
  add_memory(world, name, policy, memory, into);
  if (into.found && into.found->record.previous) into.observed.held_by = held_by(world, into.found->record);
  return {};
}

}  // namespace scoped::rotate
