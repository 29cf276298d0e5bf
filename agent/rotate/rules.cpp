#include "agent/rotate/rules.h"

#include "agent/rotate/facts.h"

#include <algorithm>
#include <array>

namespace scoped::rotate {
namespace {

using record::Password;
using record::Pending;
using record::PendingPhase;
using record::Record;
using Spoken = std::optional<Decision>;

Decision wait(std::string reason, std::optional<Instant> until = std::nullopt) {
  return {.step = Step::wait, .reason = std::move(reason), .until = until};
}
Decision give_up(std::string reason) { return {.step = Step::give_up, .reason = std::move(reason)}; }
Decision act(Step step, std::string slot, std::string reason) {
  return {.step = step, .reason = std::move(reason), .slot = std::move(slot)};
}

// The end of a line that a person can copy.
std::string run(const std::string& command, const record::RecordName& name) {
  return "run 'scopedctl " + command + " " + name.registry + " " + name.token + "'";
}

std::string take_it(const record::RecordName& name) {
  return "run 'scopedctl rotator take " + name.display() + "'";
}

// --- gates ---------------------------------------------------------------------------------------------

Spoken no_token(const Observed& o) {
  if (o.token_exists) return {};
  return give_up("the registry has no such token: run 'scopedctl token create --registry " + o.name.registry +
                 " --name " + o.name.token + "'");
}

Spoken unreadable_record(const Observed& o) {
  if (o.record_view != RecordView::unreadable) return {};
  return give_up(o.record_problem);
}

// Rule 1: its passwords are somebody's.
Spoken no_record(const Observed& o) {
  if (o.record_view != RecordView::absent) return {};
  return give_up((o.slots.empty() ? "no record: " : "it has passwords and no record: ") +
                 run("import", o.name));
}

// Rule 11.
Spoken no_time(const Observed& o) {
  if (o.now) return {};
  return wait("the registry's time is not known yet");
}

// --- when nothing may be done --------------------------------------------------------------------------

Spoken token_disabled(const Facts& f) {
  if (f.observed.token_enabled) return {};
  return give_up("the token is disabled and is not rotated");
}

Spoken token_unsettled(const Facts& f) {
  if (f.observed.token_settled) return {};
  return wait("the registry is still at work on the token");
}

Spoken not_our_duty(const Facts& f) {
  if (f.observed.may_rotate) return {};
  return wait("only looked at: nothing rotates it here");
}

// Section 5: two that save without comparing lose each other's passwords.
Spoken not_the_rotator(const Facts& f) {
  if (!f.observed.one_rotates) return {};
  using record::Rotates;
  switch (record::may_rotate(f.record, f.observed.instance, f.now.earliest)) {
    case Rotates::yes:
      return {};
    case Rotates::nobody_is_named:
      return give_up(
          "its store cannot compare and set, so one agent alone may rotate it, and its record names none: " +
          take_it(f.observed.name));
    case Rotates::another_is_named:
      return give_up("its store cannot compare and set, so '" + f.record.rotator->instance +
                     "' alone rotates it: to move that here, " + take_it(f.observed.name));
    case Rotates::not_yet:
      return wait("it has just been moved here, and what was being written elsewhere must be over",
                  f.record.rotator->from);
  }
  return {};
}

Spoken backing_off(const Facts& f) {
  if (!f.observed.not_before || f.now.earliest >= *f.observed.not_before) return {};
  return wait("trying again: " + f.observed.last_error, f.observed.not_before);
}

// --- the old password ----------------------------------------------------------------------------------

// Section 5: whoever first reads the promoted record back says when the old slot is free.
Spoken mark_old_slot(const Facts& f) {
  if (!f.record.current || !f.record.previous || f.record.previous->free_at) return {};
  return act(Step::mark_free, f.record.previous->password.slot, "the promotion has been read back");
}

// Rule 9: what clients were given since the backup is known here, and still in its slot.
Spoken put_back(const Facts& f) {
  const Record* before = f.observed.before_restore;
  if (before == nullptr || before->generation <= f.record.generation || !before->current) return {};
  if (is_lapsed(f, before->current->expires_at) || !is_ours(f, *before->current)) return {};
  return act(Step::put_back, before->current->slot, "the store shows an older record than before");
}

// Rule 8, first half: the current password is gone and the previous one still works.
Spoken swap_back(const Facts& f) {
  if (!f.record.current || !is_lost(f, *f.record.current) || !f.record.previous) return {};
  const Password& previous = f.record.previous->password;
  if (is_lapsed(f, previous.expires_at) || !is_ours(f, previous)) return {};
  if (tried(f, *f.record.current, Question::is_it_dead) != Tried::refused)
    return {};  // `lost` below logs in with it first
  switch (tried(f, previous, Question::either)) {
    case Tried::accepted:
      return act(Step::swap_back, previous.slot,
                 "somebody changed the current slot; the previous password works");
    case Tried::not_recently:
      return act(Step::verify, previous.slot,
                 "somebody changed the current slot; does the previous password work?");
    case Tried::refused:  // a claim that was made before must not end it on one word
      if (is_refused_for_good(f, previous)) return {};
      return wait("somebody changed the current slot; the previous password was refused once",
                  f.now.latest + f.policy.retry_gap());
    case Tried::unclear:
      return {};
  }
  return {};
}

// A login decides what a changed slot means: a replica may not have heard, or the list was stale.
Spoken lost_current(const Facts& f) {
  if (!f.record.current || !is_lost(f, *f.record.current) || generated(f) != nullptr) return {};
  switch (tried(f, *f.record.current, Question::is_it_dead)) {
    case Tried::not_recently:
      return act(Step::verify, f.record.current->slot,
                 "somebody changed the current slot; is its password dead?");
    case Tried::accepted:
      return wait("somebody changed the current slot, but its password still logs in",
                  f.now.latest + f.policy.retry_gap());
    case Tried::unclear:
      return wait("somebody changed the current slot, and the login endpoint does not answer",
                  f.now.latest + f.policy.retry_gap());
    case Tried::refused:
      return {};
  }
  return {};
}

// --- a claim in phase claimed --------------------------------------------------------------------------

Spoken stage_held(const Facts& f) {
  if (claimed(f) == nullptr || f.observed.sent != Sent::held) return {};
  return act(Step::stage, f.record.pending->slot, "the new password is in memory alone");
}

// Ours, nothing sent: send, or give it back when the world has moved on.
Spoken send_claim(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || f.observed.sent != Sent::not_yet) return {};
  if (f.now.latest >= claim->fence)
    return act(Step::release, claim->slot, "its bearer ran out before it was sent");
  const SlotView* slot = slot_in_registry(f, claim->slot);
  const auto created_at = slot != nullptr ? std::optional(slot->created_at) : std::nullopt;
  if (created_at != claim->observed)
    return act(Step::release, claim->slot, "somebody changed the claimed slot");
  if (retires(*claim) && !current_serves(f))
    return act(Step::release, claim->slot, "somebody changed the current slot: the old password is kept");
  if (retires(*claim)) return act(Step::retire, claim->slot, "the claim is ours");
  Decision decision = act(Step::generate, claim->slot, "the claim is ours");
  decision.repair = !current_serves(f);
  return decision;
}

Spoken refused_claim(const Facts& f) {
  if (claimed(f) == nullptr || f.observed.sent != Sent::refused) return {};
  return act(Step::release, f.record.pending->slot, "nothing was done for the claim");
}

// A removal leaves nothing in its slot by which it could be known: an empty slot may be a person's doing, and
// the request still under way, unless its answer came or its time is over.
bool is_removed(const Facts& f, const Pending& claim) {
  if (!removes(claim)) return false;
  const SlotView* slot = slot_in_registry(f, claim.slot);
  if (f.observed.sent == Sent::done) return slot == nullptr || slot->created_at != claim.observed;
  return slot == nullptr && claim_is_over(f);
}

Spoken removed(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || !removes(*claim) || f.observed.restored_until) return {};
  if (is_removed(f, *claim)) return act(Step::forget, claim->slot, "the old password is removed");
  if (f.observed.sent != Sent::done || claim_is_over(f)) return {};
  return wait("the old password is removed, but still shown", f.now.latest + f.policy.retry_gap());
}

// Rule 6: seen by its own expiry or told by its answer, an overwriting is finished. Nobody handed the value
// out, so the slot is as good as empty once the old password is refused, too.
Spoken overwritten(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || !retires(*claim) || removes(*claim) || f.observed.restored_until) return {};
  if (f.observed.sent != Sent::done && !holds_orphan(f, *claim)) return {};
  const auto& previous = f.record.previous;
  if (previous && previous->password.slot == claim->slot && !claim_is_over(f)) {
    const Tried outcome = tried(f, previous->password, Question::is_it_dead);
    if (outcome == Tried::not_recently)
      return act(Step::verify, claim->slot, "the old password is overwritten; is it dead?");
    if (outcome != Tried::refused)
      return wait("the old password is overwritten, but not yet refused",
                  f.now.latest + f.policy.retry_gap());
  }
  return act(Step::forget, claim->slot, "the old password is dead");
}

// Rule 4: our own request, answer lost, and its result is seen: it cannot be applied a second time.
Spoken own_orphan(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || f.observed.sent != Sent::ambiguous || !holds_orphan(f, *claim)) return {};
  if (retires(*claim)) return {};
  // Rule 9: what others asked for since the backup may still be under way.
  if (f.observed.restored_until && f.now.earliest <= *f.observed.restored_until)
    return wait("the answer was lost, and the store was restored: what it left is not claimed yet",
                f.observed.restored_until);
  return act(Step::claim, claim->slot, "the answer was lost: the slot holds a password that nobody knows");
}

// Rule 8: the current password was refused. What keeps the others from being given up, if anything does.
Spoken may_still_work(const Facts& f) {
  if (f.record.previous && !is_lapsed(f, f.record.previous->password.expires_at)) {
    const Tried outcome = tried(f, f.record.previous->password, Question::is_it_dead);
    if (outcome == Tried::not_recently)
      return act(Step::verify, f.record.previous->password.slot,
                 "the current password is dead; is the previous one too?");
    if (outcome != Tried::refused)
      return wait("the current password is dead; the previous one is not yet refused",
                  f.now.latest + f.policy.retry_gap());
    if (!is_refused_for_good(f, f.record.previous->password))
      return wait("the current password is dead; the previous one was refused once",
                  f.now.latest + f.policy.retry_gap());
  }
  if (!f.observed.slots_confirmed)
    return wait("no recorded password works; reading the slots again", f.now.latest);
  if (f.observed.repairs_stopped && f.observed.asked == Asked::nothing)
    return give_up(
        "no recorded password works, and too many tokens are like that at once: look at the registry, then "
        "run 'scopedctl repair " +
        f.observed.name.display() + "'");
  return {};
}

// Rule 3: no recorded password works, and whoever made the claim has had its time. Its request may still
// come: that slot is left to it, as busy, and the other one is generated, whose password is dead. Twice it is
// not done, else there were no slot left that nothing can hit; nor for an operator's write, which may concern
// both.
Spoken early_takeover(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || claim->kind == record::PendingKind::patch || claim_is_over(f)) return {};
  if (!f.record.current || !is_lost(f, *f.record.current) || claim->slot == f.record.current->slot) return {};
  if (f.record.busy && f.now.earliest <= f.record.busy->until) return {};
  if (f.observed.restored_until && f.now.earliest <= *f.observed.restored_until) return {};
  const Instant from = claim->claimed_at + f.policy.repair_budget;
  if (from >= claim_is_over_at(f)) return {};
  if (f.now.earliest <= from) return wait("the current password is dead, and a claim stands", from);
  if (auto doubt = may_still_work(f)) return doubt;
  Decision decision =
      act(Step::claim, f.record.current->slot, "repair: no recorded password works, and a claim stands");
  decision.repair = true;
  return decision;
}

// Rule 3: a claim that is not known to be ours, or whose request may still be under way.
Spoken open_claim(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr || claim_is_over(f)) return {};
  return wait(f.observed.sent == Sent::ambiguous ? "the request may still be under way"
                                                 : "another process's claim stands",
              claim_is_over_at(f));
}

Spoken old_claim(const Facts& f) {
  const Pending* claim = claimed(f);
  if (claim == nullptr) return {};
  // Rule 9: in a restored record the changed slot may as well hold what was promoted since.
  if (!f.observed.restored_until && !retires(*claim) && holds_orphan(f, *claim))
    return act(Step::claim, claim->slot, "an old claim left a password that nobody knows");
  return act(Step::release, claim->slot, "an old claim came to nothing");
}

// --- a claim in phase generated: any agent may go on ---------------------------------------------------

Spoken staged_slot_changed(const Facts& f) {
  const Pending* staged = generated(f);
  if (staged == nullptr || is_ours(f, *staged->generated)) return {};
  if (!f.observed.slots_confirmed)
    return wait("the staged slot looks changed; reading it again", f.now.latest);
  return act(Step::release, staged->slot, "somebody changed the staged slot");
}

Spoken staged_refused(const Facts& f) {
  const Pending* staged = generated(f);
  if (staged == nullptr) return {};
  const bool is_over = claim_is_over(f);
  const LoginEvidence* e = f.observed.evidence(*staged->generated);
  const bool since_then = is_over && e != nullptr && e->last_refused > claim_is_over_at(f);
  const Tried outcome = tried(f, *staged->generated, since_then ? Question::is_it_dead : Question::none);
  if (outcome == Tried::refused && is_over)
    return act(Step::release, staged->slot, "the staged password is refused for good");
  if (outcome == Tried::refused)
    return wait("the staged password is not accepted everywhere yet", f.now.latest + f.policy.retry_gap());
  if (outcome == Tried::unclear)
    return wait("the login endpoint does not answer", f.now.latest + f.policy.retry_gap());
  return {};
}

// Rule 5.
Spoken verify_staged(const Facts& f) {
  const Pending* staged = generated(f);
  if (staged == nullptr) return {};
  const LoginEvidence* e = f.observed.evidence(*staged->generated);
  if (e == nullptr || e->accepted < f.policy.logins)
    return act(Step::verify, staged->slot,
               "the staged password must log in " + std::to_string(f.policy.logins) + " times");
  if (nothing_better(f) || in_emergency(f)) return {};
  const Instant settled_at = staged->generated->created_at + f.policy.settle;
  if (e->last_accepted && *e->last_accepted >= settled_at) return {};
  if (f.now.earliest < settled_at) return wait("the staged password must settle", settled_at);
  return act(Step::verify, staged->slot, "one login after the staged password has settled");
}

Spoken promote_staged(const Facts& f) {
  const Pending* staged = generated(f);
  if (staged == nullptr) return {};
  return act(Step::promote, staged->slot, "the staged password works");
}

// --- no claim ------------------------------------------------------------------------------------------

// A person asked for a look at the current password.
Spoken check_current(const Facts& f) {
  if (f.observed.asked != Asked::repair || !current_serves(f)) return {};
  switch (tried(f, *f.record.current, Question::does_it_work)) {
    case Tried::not_recently:
      return act(Step::verify, f.record.current->slot, "a repair was asked for; does the password work?");
    case Tried::refused:
    case Tried::unclear:
      return wait(
          "the current slot is unchanged, but its password does not log in: is the login endpoint behind?",
          f.now.latest + f.policy.retry_gap());
    case Tried::accepted:
      return {};
  }
  return {};
}

// Rule 8, second half: no recorded password works.
Spoken repair(const Facts& f) {
  if (!f.record.current || !is_lost(f, *f.record.current)) return {};  // `lost_current` saw it refused
  if (auto doubt = may_still_work(f)) return doubt;
  const std::string slot = other_slot(f.record);
  if (f.record.external_slot == slot)
    return give_up("no recorded password works, and the other slot was handed to an outsider");
  if (f.record.busy && f.record.busy->slot == slot && f.now.earliest <= f.record.busy->until)
    return wait("no recorded password works, and the other slot is busy", f.record.busy->until);
  Decision decision = act(Step::claim, slot, "repair: no recorded password works");
  decision.repair = true;
  return decision;
}

// Rule 9.
Spoken restored_store(const Facts& f) {
  if (!f.observed.restored_until || f.now.earliest > *f.observed.restored_until) return {};
  return wait("the store shows an older record than before: was it restored?", f.observed.restored_until);
}

Spoken first_password(const Facts& f) {
  if (f.record.current) return {};
  const std::string slot = other_slot(f.record);
  if (!is_free(f.record, slot, f.now.earliest)) return give_up("no slot is free for the first password");
  return act(Step::claim, slot, "it has no password yet");
}

// Rule 6. A rotation that is due overwrites the slot by itself.
Spoken retire(const Facts& f) {
  if (!f.record.previous || is_due(f) || !current_serves(f)) return {};
  const Password& old = f.record.previous->password;
  if (is_lapsed(f, old.expires_at) || !is_ours(f, old) || f.record.external_slot == old.slot) return {};
  const bool asked = is_condemned(f, old);
  const bool free =
      f.policy.retire != Retire::expire && !f.observed.held_by && is_free(f.record, old.slot, f.now.earliest);
  if (!asked && !free) return {};
  const Tried outcome = tried(f, *f.record.current, Question::does_it_work);
  if (outcome == Tried::not_recently)
    return act(Step::verify, f.record.current->slot,
               "the old password is to be retired; does the current one work?");
  if (outcome != Tried::accepted)
    return wait("the old password is kept while the current one does not log in",
                f.now.latest + f.policy.retry_gap());
  Decision decision =
      act(Step::claim, old.slot,
          asked ? "the old password must be dead" : "nobody may use the old password any more");
  decision.kind = record::PendingKind::retire;
  decision.removes = !asked && f.policy.retire == Retire::remove;
  return decision;
}

Spoken not_due(const Facts& f) {
  if (is_due(f)) return {};
  const auto due = due_at(f.record, f.policy, f.observed.jitter_fraction);
  if (due && f.now.earliest >= *due)
    return wait("the password is due, and others are before it", due_here(f));
  return wait("the password is not due", due);
}

// Rule 2: what the record knows of the other slot.
Spoken slot_not_free(const Facts& f) {
  const std::string slot = other_slot(f.record);
  if (is_free(f.record, slot, f.now.earliest)) return {};
  if (f.record.external_slot == slot) return give_up("the other slot was handed to an outsider");
  if (f.record.busy && f.record.busy->slot == slot && f.now.earliest <= f.record.busy->until)
    return wait("the other slot is busy", f.record.busy->until);
  if (in_emergency(f)) return {};
  const record::Previous& previous = *f.record.previous;
  auto until = previous.free_at;
  if (previous.password.expires_at && (!until || *previous.password.expires_at < *until))
    until = previous.password.expires_at;
  return wait("the previous password may still be in use", until);
}

// Who must be told of the current password has not been: the one before is still in use there.
Spoken slot_held(const Facts& f) {
  if (!f.observed.held_by || !f.record.previous || !current_serves(f) || in_emergency(f)) return {};
  const auto& expires_at = f.record.current->expires_at;
  if (is_lapsed(f, f.record.previous->password.expires_at)) return {};
  if (expires_at && f.now.latest > *expires_at - f.policy.near_expiry()) return {};
  return wait("the old password is kept until " + *f.observed.held_by);
}

// Rule 2: what the registry shows in it.
Spoken stranger_in_slot(const Facts& f) {
  const SlotView* slot = slot_in_registry(f, other_slot(f.record));
  if (slot == nullptr || is_lapsed(f, slot->expires_at)) return {};
  if (f.record.previous && f.record.previous->password.created_at == slot->created_at) return {};
  if (f.record.retired && f.record.retired->created_at == slot->created_at) return {};
  const Password& current = *f.record.current;
  if (!current_serves(f) || in_emergency(f)) return {};
  if (current.expires_at && f.now.latest > *current.expires_at - f.policy.near_expiry()) return {};
  const std::string reason = "the other slot holds a password that somebody else made";
  if (current.expires_at)
    return wait(reason, std::min(slot->expires_at.value_or(Instant::max()),
                                 *current.expires_at - f.policy.near_expiry()));
  return give_up(reason + ": " + run("import", f.observed.name));
}

Spoken rotate(const Facts& f) {
  const bool asked = wants_rotation(f);
  return act(Step::claim, other_slot(f.record), asked ? "a rotation was asked for" : "the password is due");
}

constexpr std::array kGates = {
    Gate{"no token", &no_token},
    Gate{"unreadable record", &unreadable_record},
    Gate{"no record", &no_record},
    Gate{"no time", &no_time},
};

constexpr std::array kRules = {
    Rule{"stage what is held", &stage_held},
    Rule{"disabled token", &token_disabled},
    Rule{"unsettled token", &token_unsettled},
    Rule{"not our duty", &not_our_duty},
    Rule{"not the rotator", &not_the_rotator},
    Rule{"refused claim", &refused_claim},
    Rule{"backing off", &backing_off},
    Rule{"put back", &put_back},
    Rule{"mark the old slot", &mark_old_slot},
    Rule{"swap back", &swap_back},
    Rule{"lost current", &lost_current},
    Rule{"send the claim", &send_claim},
    Rule{"removed", &removed},
    Rule{"overwritten", &overwritten},
    Rule{"own orphan", &own_orphan},
    Rule{"early takeover", &early_takeover},
    Rule{"open claim", &open_claim},
    Rule{"old claim", &old_claim},
    Rule{"staged slot changed", &staged_slot_changed},
    Rule{"staged password refused", &staged_refused},
    Rule{"verify", &verify_staged},
    Rule{"promote", &promote_staged},
    Rule{"check the current password", &check_current},
    Rule{"repair", &repair},
    Rule{"restored store", &restored_store},
    Rule{"first password", &first_password},
    Rule{"retire", &retire},
    Rule{"not due", &not_due},
    Rule{"slot not free", &slot_not_free},
    Rule{"slot held", &slot_held},
    Rule{"stranger in the slot", &stranger_in_slot},
    Rule{"rotate", &rotate},
};

}  // namespace

std::span<const Gate> gates() { return kGates; }
std::span<const Rule> rules() { return kRules; }

}  // namespace scoped::rotate
