// What the rules ask of the facts: of slots, passwords and the claim, by the record, the registry and the
// logins of this process. Pure. Where a claim is asked about, there is one.
#pragma once

#include "agent/rotate/rules.h"

#include <optional>
#include <string>

namespace scoped::rotate {

// Null: the slot is empty.
const SlotView* slot_in_registry(const Facts& f, const std::string& slot);
bool is_lapsed(const Facts& f, const std::optional<Instant>& expires_at);
// The slot still holds this password: its creation time is the witness.
bool is_ours(const Facts& f, const record::Password& password);
// Killed or replaced by somebody, or by a redeployment; a lapsed password is not lost, only late.
bool is_lost(const Facts& f, const record::Password& password);
bool current_serves(const Facts& f);
// No recorded password that clients could use instead of a staged one.
bool nothing_better(const Facts& f);

// The outcome of the last login with a password. One that answers the question holds for a while, so that
// slow logins with one password do not outlast what is known of the other and both are asked for ever; any
// other, and a first refusal, is asked again after one gap.
enum class Tried { not_recently, accepted, refused, unclear };
enum class Question { does_it_work, is_it_dead, either, none };
Tried tried(const Facts& f, const record::Password& password, Question question);
// REQUIRES: it was tried.
bool is_refused_for_good(const Facts& f, const record::Password& password);

// The claim in this phase, or null.
const record::Pending* claimed(const Facts& f);
const record::Pending* generated(const Facts& f);
bool retires(const record::Pending& claim);
// By removing the password: only an overwriting asks for an expiry.
bool removes(const record::Pending& claim);
// From then on its request cannot be applied any more.
Instant claim_is_over_at(const Facts& f);
bool claim_is_over(const Facts& f);
// The slot shows exactly the expiry that the claim's request asked for: the request has been applied, once,
// and nobody knows the password.
bool holds_orphan(const Facts& f, const record::Pending& claim);

bool is_condemned(const Facts& f, const record::Password& password);
// Rule 10: nothing is waited for but what could hit the new password.
bool in_emergency(const Facts& f);
bool wants_rotation(const Facts& f);

// By the clock, and its turn has come; the latest start waits for no turn. REQUIRES: a current password.
std::optional<Instant> due_here(const Facts& f);
bool is_due(const Facts& f);

}  // namespace scoped::rotate
