#include "agent/rotate/facts.h"

#include <algorithm>

namespace scoped::rotate {

using record::Password;
using record::Pending;
using record::PendingPhase;

namespace {

// A single wrong 401 for the last recorded password must not end it.
constexpr int kRefusals = 2;

constexpr int kGapsOfAnswer = 8;

bool is_recent(const Facts& f, const std::optional<Instant>& at, int gaps) {
  return at && f.now.earliest - *at <= gaps * f.policy.retry_gap();
}

bool answers(Question question, Tried outcome, const LoginEvidence& evidence) {
  switch (outcome) {
    case Tried::accepted:
      return question == Question::does_it_work || question == Question::either;
    case Tried::refused:
      return (question == Question::is_it_dead || question == Question::either) &&
             evidence.refused >= kRefusals;
    case Tried::unclear:
    case Tried::not_recently:
      return false;
  }
  return false;
}

// Rule 4: how far apart the expiries are that we might have asked for, so that an equal one is a proof.
constexpr int64_t kFewestExpiries = 1'000;
Ticks spread_of_expiries(const Policy& policy, const Pending& claim) {
  return Policy::expiry_spread(retires(claim) ? policy.retired_life() : policy.lifetime);
}

bool has_whole_seconds(Instant at) { return at == std::chrono::floor<Seconds>(at); }

bool current_is_condemned(const Facts& f) { return f.record.current && is_condemned(f, *f.record.current); }

}  // namespace

const SlotView* slot_in_registry(const Facts& f, const std::string& slot) {
  const auto found = f.observed.slots.find(slot);
  return found == f.observed.slots.end() ? nullptr : &found->second;
}

bool is_lapsed(const Facts& f, const std::optional<Instant>& expires_at) {
  return expires_at && f.now.earliest > *expires_at;
}

bool is_ours(const Facts& f, const Password& password) {
  const SlotView* slot = slot_in_registry(f, password.slot);
  return slot != nullptr && slot->created_at == password.created_at;
}

bool is_lost(const Facts& f, const Password& password) {
  return !is_lapsed(f, password.expires_at) && !is_ours(f, password);
}

bool current_serves(const Facts& f) {
  return f.record.current && !is_lapsed(f, f.record.current->expires_at) && is_ours(f, *f.record.current);
}

bool nothing_better(const Facts& f) {
  return !current_serves(f) &&
         (!f.record.current || is_lapsed(f, f.record.current->expires_at) || f.observed.slots_confirmed);
}

Tried tried(const Facts& f, const Password& password, Question question) {
  const LoginEvidence* e = f.observed.evidence(password);
  if (e == nullptr) return Tried::not_recently;
  const auto last = std::max({e->last_accepted, e->last_refused, e->last_unclear});
  const Tried outcome = last == e->last_refused    ? Tried::refused
                        : last == e->last_accepted ? Tried::accepted
                                                   : Tried::unclear;
  return is_recent(f, last, answers(question, outcome, *e) ? kGapsOfAnswer : 1) ? outcome
                                                                                : Tried::not_recently;
}

bool is_refused_for_good(const Facts& f, const Password& password) {
  return f.observed.evidence(password)->refused >= kRefusals;
}

Instant claim_is_over_at(const Facts& f) { return f.record.pending->fence + f.policy.fence_margin; }
bool claim_is_over(const Facts& f) { return f.now.earliest > claim_is_over_at(f); }

const Pending* claimed(const Facts& f) {
  return f.record.pending && f.record.pending->phase == PendingPhase::claimed ? &*f.record.pending : nullptr;
}
const Pending* generated(const Facts& f) {
  return f.record.pending && f.record.pending->phase == PendingPhase::generated ? &*f.record.pending
                                                                                : nullptr;
}

bool retires(const Pending& claim) { return claim.kind == record::PendingKind::retire; }
bool removes(const Pending& claim) { return retires(claim) && !claim.asked_expiry; }

bool holds_orphan(const Facts& f, const Pending& claim) {
  const SlotView* slot = slot_in_registry(f, claim.slot);
  if (slot == nullptr || !slot->expires_at || !claim.asked_expiry) return false;
  if (claim.observed == slot->created_at) return false;
  if (*slot->expires_at == *claim.asked_expiry) return true;
  const bool enough = spread_of_expiries(f.policy, *f.record.pending) / Seconds(1) >= kFewestExpiries;
  return enough && has_whole_seconds(*slot->expires_at) &&
         *slot->expires_at == std::chrono::floor<Seconds>(*claim.asked_expiry);
}

bool is_condemned(const Facts& f, const Password& password) {
  return f.observed.condemned.contains({password.slot, password.created_at});
}
bool in_emergency(const Facts& f) { return f.observed.asked == Asked::leaked && current_is_condemned(f); }
bool wants_rotation(const Facts& f) { return f.observed.asked == Asked::rotation || current_is_condemned(f); }

std::optional<Instant> due_here(const Facts& f) {
  const auto due = due_at(f.record, f.policy, f.observed.jitter_fraction);
  const auto& expires_at = f.record.current->expires_at;
  if (!due || !f.observed.turn_at || !expires_at) return due;
  return std::max(*due, std::min(*f.observed.turn_at, *expires_at - f.policy.near_expiry()));
}

bool is_due(const Facts& f) {
  const auto due = due_here(f);
  return wants_rotation(f) || !due || f.now.earliest >= *due;
}

}  // namespace scoped::rotate
