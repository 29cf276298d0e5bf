#include "agent/rotate/execute.h"

#include <algorithm>

namespace scoped::rotate {
namespace {

using record::Pending;
using record::PendingPhase;
using record::Record;

// What every step may use.
struct Bench {
  const World& world;
  const record::RecordName& name;
  const Policy& policy;
  const Observation& seen;
  Memory& memory;

  const Record& record() const { return seen.found->record; }
  Result<TimeInterval> now() const {
    const auto at = world.control.server_time().at(world.clock.boot_now());
    if (!at) return fail(ErrorCode::unavailable, "the registry's time is not known yet");
    return *at;
  }
  // Rule 9: what may have been written counts as seen, so that a store that is set back is noticed.
  Result<> save(const Record& changed) const {
    const auto saved = world.store.save(name, changed, seen.found->revision);
    if (saved || saved.error().code() == ErrorCode::ambiguous) {
      memory.highest_generation = changed.generation;
      memory.newest = KeptRecord(changed);
    }
    if (!saved) return fail(saved.error());
    return {};
  }
};

std::optional<Instant> created_at_of(const Observed& observed, const std::string& slot) {
  const auto found = observed.slots.find(slot);
  if (found == observed.slots.end()) return std::nullopt;
  return found->second.created_at;
}

Instant choose_expiry(const Bench& b, record::PendingKind kind, const TimeInterval& now) {
  const bool retires = kind == record::PendingKind::retire;
  const Ticks life = retires ? b.policy.retired_life() : b.policy.lifetime;
  const Ticks spread = Policy::expiry_spread(life);
  const auto extra = b.world.random.below(static_cast<uint64_t>(std::max<int64_t>(spread.count(), 1)));
  return (retires ? now.latest : now.earliest) + life + Ticks(static_cast<int64_t>(extra));
}

Result<> claim(const Decision& decision, const Bench& b) {
  const auto least = std::chrono::ceil<Seconds>(b.policy.fence_min);
  net::Pinned bearer = TRY_WITH(b.world.control.identity().pin(least), "claim");
  const TimeInterval now = TRY(b.now());  // after the pin, which may have logged in
  if (bearer.expiry.latest - now.earliest > b.policy.fence_max)
    return fail(ErrorCode::configuration,
                "the identity's bearer lives longer than 'fence_max': raise it to at least " +
                    format_duration(std::chrono::ceil<Seconds>(bearer.expiry.latest - now.earliest)));
  Record changed = b.record().clone();
  Pending pending;
  pending.kind = decision.kind;
  pending.txn = b.world.random.hex(16);
  pending.owner = b.world.owner;
  pending.slot = decision.slot;
  pending.observed = created_at_of(b.seen.observed, decision.slot);
  pending.fence = bearer.expiry.latest;
  pending.claimed_at = now.latest;
  if (!decision.removes) pending.asked_expiry = choose_expiry(b, decision.kind, now);
  // An early takeover: the request of the claim that stood may still come.
  if (changed.pending && changed.pending->slot != pending.slot)
    changed.busy = record::Busy{changed.pending->slot, changed.pending->fence + b.policy.fence_margin};
  changed.pending = std::move(pending);
  const auto saved = b.save(changed);
  // A store that is read late may have shown no claim where ours stands: that one is not forgotten for a
  // claim that was never made.
  if (!saved && saved.error().code() != ErrorCode::ambiguous) return saved;
  b.memory.forget_claim();
  b.memory.txn = changed.pending->txn;
  b.memory.sent = Sent::not_yet;
  b.memory.bearer = std::make_unique<net::Pinned>(std::move(bearer));
  return saved;
}

Result<> release(const Bench& b) {
  Record changed = b.record().clone();
  changed.pending.reset();
  TRY(b.save(changed));
  b.memory.forget_claim();
  return {};
}

// Rule 3, before the bytes leave: the claim is still ours, its time is not over, and the slots are as they
// were.
Result<> last_look(const Bench& b, bool repair) {
  const Pending& ours = *b.record().pending;
  const store::LoadResult loaded = b.world.store.load(b.name);
  if (loaded.state != store::LoadState::found)
    return fail(ErrorCode::conflict, "the record cannot be read any more");
  const Record& record = loaded.found->record;
  if (!record.pending || record.pending->txn != ours.txn || record.pending->phase != PendingPhase::claimed)
    return fail(ErrorCode::conflict, "the claim is not ours any more");
  const registry::TokenState token = TRY(b.world.control.get_token(b.name.token));
  const auto holds = [&token](const std::string& slot, const std::optional<Instant>& created_at) {
    const registry::SlotState* state = token.slot(slot);
    return state == nullptr ? !created_at : created_at == state->created_at;
  };
  if (!holds(ours.slot, ours.observed)) return fail(ErrorCode::conflict, "somebody changed the claimed slot");
  if (!repair && record.current && !holds(record.current->slot, record.current->created_at))
    return fail(ErrorCode::conflict, "somebody changed the current slot");
  if (record.current && record.current->slot == ours.slot && holds(ours.slot, record.current->created_at))
    return fail(ErrorCode::conflict, "the claimed slot holds the current password");
  if (TRY(b.now()).latest >= ours.fence) return fail(ErrorCode::conflict, "the claim's bearer ran out");
  return {};
}

// The control plane's word that nothing was done; anything else may have had its effect.
bool is_refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::denied:
    case ErrorCode::login:
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
      return true;
    case ErrorCode::configuration:
    case ErrorCode::ambiguous:
    case ErrorCode::corrupt:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      return false;
  }
  return false;
}

// The list that is sent keeps what it names, whatever that holds then.
Result<> remove(const Decision& decision, const Bench& b) {
  const Pending& claim = *b.record().pending;
  bool may_have_left = false;
  registry::TokenChange change;
  change.keep.emplace();
  for (const auto& [slot, view] : b.seen.observed.slots)
    if (slot != claim.slot) change.keep->push_back(slot);
  const auto look = [&]() -> Result<> {
    TRY(last_look(b, decision.repair));
    may_have_left = true;
    return {};
  };
  b.memory.sent = Sent::ambiguous;  // until the answer says otherwise
  const auto answer = b.world.control.update_token(b.name.token, change, {&*b.memory.bearer, look});
  if (answer) {
    b.memory.sent = Sent::done;
    return {};
  }
  if (!may_have_left || is_refusal(answer.error().code())) b.memory.sent = Sent::refused;
  return fail(answer.error());
}

Result<> generate(const Decision& decision, const Bench& b) {
  const Pending& claim = *b.record().pending;
  bool may_have_left = false;
  registry::GenerateRequest request;
  request.token = b.name.token;
  request.slot = claim.slot;
  request.expiry = *claim.asked_expiry;
  request.pinned = &*b.memory.bearer;
  request.last_look = [&]() -> Result<> {
    TRY(last_look(b, decision.repair));
    may_have_left = true;
    return {};
  };
  b.memory.sent = Sent::ambiguous;  // until the answer says otherwise
  auto answer = b.world.control.generate(request);
  if (!answer) {
    if (!may_have_left || is_refusal(answer.error().code())) b.memory.sent = Sent::refused;
    return fail(std::move(answer).error());
  }
  if (claim.kind == record::PendingKind::retire) {  // nobody needs the value
    b.memory.sent = Sent::done;
    // What the old password's logins showed before does not tell whether it is dead now.
    if (claim.observed) b.memory.logins.erase({claim.slot, *claim.observed});
    return {};
  }
  record::Password made;
  made.username = answer->username;
  made.slot = answer->slot;
  made.password = std::move(answer->password);
  made.created_at = answer->created_at;
  made.expires_at = answer->expires_at;
  made.offline = std::chrono::floor<Seconds>(b.policy.offline);
  b.memory.held = std::make_unique<record::Password>(std::move(made));
  b.memory.sent = Sent::held;
  return {};
}

Result<> stage(const Bench& b) {
  Record changed = b.record().clone();
  changed.pending->phase = PendingPhase::generated;
  changed.pending->generated = b.memory.held->clone();
  TRY(b.save(changed));
  b.memory.forget_claim();
  return {};
}

const record::Password* password_in(const Record& record, const std::string& slot) {
  if (record.pending && record.pending->generated && record.pending->slot == slot)
    return &*record.pending->generated;
  if (record.current && record.current->slot == slot) return &*record.current;
  if (record.previous && record.previous->password.slot == slot) return &record.previous->password;
  return nullptr;
}

// One round: the password logs in at every endpoint, or one of them refuses it, or one does not tell.
Result<> verify(const Decision& decision, const Bench& b) {
  const record::Password* password = password_in(b.record(), decision.slot);
  CHECK_INVARIANT(password != nullptr);
  LoginEvidence& evidence = b.memory.logins[{password->slot, password->created_at}];
  const Instant began = TRY(b.now()).earliest;
  for (const std::string& endpoint : b.world.endpoints) {
    const auto login = b.world.probe.try_login(endpoint, password->username, password->password);
    if (!login) {
      evidence.last_unclear = TRY(b.now()).earliest;
      return fail(login.error().code(), "verify '" + decision.slot + "': " + login.error().line());
    }
    if (*login == registry::Login::refused) {
      evidence.accepted = 0;
      ++evidence.refused;
      evidence.last_refused = TRY(b.now()).earliest;
      return {};
    }
  }
  evidence.refused = 0;
  ++evidence.accepted;
  evidence.last_accepted = began;
  return {};
}

// Evidence of passwords that the record no longer knows is of no use.
void prune_logins(const Record& record, Memory& memory) {
  std::erase_if(memory.logins, [&record](const auto& entry) {
    const record::Password* password = password_in(record, entry.first.first);
    return password == nullptr || password->created_at != entry.first.second;
  });
}

Result<> promote(const Bench& b) {
  Record changed = b.record().clone();
  // After an early takeover the slot held the current password, which is dead.
  if (changed.current && changed.current->slot != changed.pending->slot)
    changed.previous = record::Previous{std::move(*changed.current), std::nullopt};
  changed.current = std::move(*changed.pending->generated);
  changed.reserved_slot.clear();
  if (changed.retired && changed.retired->slot == changed.current->slot) changed.retired.reset();
  changed.pending.reset();
  changed.promoted_at = TRY(b.now()).latest;
  ++changed.generation;
  TRY(b.save(changed));
  b.memory.forget_claim();
  if (b.memory.asked == Asked::rotation) b.memory.asked = Asked::nothing;
  ++b.memory.rotations;
  prune_logins(changed, b.memory);
  return {};
}

Result<> mark_free(const Bench& b) {
  Record changed = b.record().clone();
  const Seconds promise = std::max(changed.previous->password.offline, changed.current->offline);
  changed.previous->free_at = TRY(b.now()).latest + promise + b.policy.hold + b.policy.read_lag;
  return b.save(changed);
}

// Rule 8: the previous password is handed out again; a claim on its slot is dropped, and the slot is busy
// until that claim's request cannot be applied any more.
Result<> swap_back(const Bench& b) {
  Record changed = b.record().clone();
  const std::string slot = changed.previous->password.slot;
  if (changed.pending && changed.pending->slot == slot) {
    changed.busy = record::Busy{slot, changed.pending->fence + b.policy.fence_margin};
    changed.pending.reset();
  }
  changed.current = std::move(changed.previous->password);
  changed.previous.reset();
  changed.promoted_at = TRY(b.now()).latest;
  ++changed.generation;
  TRY(b.save(changed));
  prune_logins(changed, b.memory);
  return {};
}

bool has_surely_not_left(const Pending& claim, const Memory& memory) {
  return claim.txn == memory.txn && (memory.sent == Sent::not_yet || memory.sent == Sent::refused);
}

// Rule 9: with the claim that stood, since its request may still be under way, and who has not noticed the
// restore must wait for it, too. The restored record has handed out the previous password again, so its slot
// is free later than it was.
Result<> put_back(const Bench& b) {
  Record changed = b.seen.before_restore->clone();
  changed.rotator = b.record().rotator;
  if (changed.previous) changed.previous->free_at.reset();
  if (changed.pending && changed.pending->phase == PendingPhase::claimed &&
      has_surely_not_left(*changed.pending, b.memory))
    changed.pending.reset();
  return b.save(changed);
}

// What the slot shows with the very expiry that we asked for is ours; anything else is somebody's who came
// after us.
Result<> forget(const Bench& b) {
  Record changed = b.record().clone();
  const std::string slot = changed.pending->slot;
  const auto left = b.seen.observed.slots.find(slot);
  const auto& asked = changed.pending->asked_expiry;
  if (left != b.seen.observed.slots.end() && asked && left->second.expires_at == asked)
    changed.retired = record::Retired{slot, left->second.created_at};
  changed.pending.reset();
  if (changed.previous && changed.previous->password.slot == slot) changed.previous.reset();
  TRY(b.save(changed));
  b.memory.forget_claim();
  return {};
}

}  // namespace

Result<> execute(const Decision& decision, const World& world, const record::RecordName& name,
                 const Policy& policy, const Observation& seen, Memory& memory) {
  const Bench b{world, name, policy, seen, memory};
  switch (decision.step) {
    case Step::claim:
      return claim(decision, b);
    case Step::release:
      return release(b);
    case Step::generate:
      return generate(decision, b);
    case Step::retire:
      return b.record().pending->asked_expiry ? generate(decision, b) : remove(decision, b);
    case Step::stage:
      return stage(b);
    case Step::verify:
      return verify(decision, b);
    case Step::promote:
      return promote(b);
    case Step::mark_free:
      return mark_free(b);
    case Step::swap_back:
      return swap_back(b);
    case Step::put_back:
      return put_back(b);
    case Step::forget:
      return forget(b);
    case Step::wait:
    case Step::give_up:
      break;
  }
  return fail(ErrorCode::internal, "nothing to execute");
}

}  // namespace scoped::rotate
