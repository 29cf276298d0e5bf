#include "common/record/record.h"

#include <algorithm>

namespace scoped::record {

Password Password::clone() const {
  return {username, slot, password.clone(), created_at, expires_at, offline};
}

Record Record::clone() const {
  Record copy;
  copy.write_id = write_id;
  copy.registry = registry;
  copy.token = token;
  if (current) copy.current = current->clone();
  copy.reserved_slot = reserved_slot;
  copy.promoted_at = promoted_at;
  copy.generation = generation;
  if (previous) copy.previous = Previous{previous->password.clone(), previous->free_at, previous->unknown};
  if (pending) {
    const Pending& from = *pending;
    copy.pending =
        Pending{from.kind,  from.txn,        from.owner,        from.slot,    from.phase,  from.observed,
                from.fence, from.claimed_at, from.asked_expiry, std::nullopt, from.unknown};
    if (from.generated) copy.pending->generated = from.generated->clone();
  }
  copy.busy = busy;
  copy.retired = retired;
  copy.external_slot = external_slot;
  copy.rotator = rotator;
  copy.published = published;
  copy.unknown = unknown;
  return copy;
}

Instant copy_limit(const Record& record, Instant read_at, Seconds hold) {
  const Password& current = *record.current;
  const Instant offline_limit = read_at + current.offline;
  if (!current.expires_at) return offline_limit;
  return std::min(offline_limit, *current.expires_at - hold);
}

bool may_hand_out(const Record& record, Freshness freshness, Instant read_at, Seconds hold, Instant at) {
  if (!record.current) return false;
  if (freshness == Freshness::asked_store)
    return !record.current->expires_at || at < *record.current->expires_at;
  return at < copy_limit(record, read_at, hold);
}

Rotates may_rotate(const Record& record, const std::string& instance, Instant earliest_now) {
  if (!record.rotator) return Rotates::nobody_is_named;
  if (record.rotator->instance != instance) return Rotates::another_is_named;
  const auto& from = record.rotator->from;
  return from && earliest_now <= *from ? Rotates::not_yet : Rotates::yes;
}

bool is_free(const Record& record, const std::string& slot, Instant earliest_now) {
  if (record.current && record.current->slot == slot) return false;
  if (!record.current && record.reserved_slot == slot) return false;
  if (record.external_slot == slot) return false;
  if (record.busy && record.busy->slot == slot && earliest_now <= record.busy->until) return false;
  if (!record.previous || record.previous->password.slot != slot) return true;
  const auto& expires_at = record.previous->password.expires_at;
  if (expires_at && earliest_now > *expires_at) return true;  // lapsed: nobody can still use it
  return record.previous->free_at && earliest_now > *record.previous->free_at;
}

std::string other_slot(const Record& record) {
  const std::string& taken = record.current ? record.current->slot : record.reserved_slot;
  return taken == kPassword1 ? kPassword2 : kPassword1;
}

}  // namespace scoped::record
