#include "agent/rotate/status.h"

#include <algorithm>
#include <set>

namespace scoped::rotate {
namespace {

bool is_over(const Observed& observed, const std::optional<Instant>& expires_at) {
  return expires_at && observed.now && observed.now->earliest > *expires_at;
}

bool has_lost_current(const Observed& observed) {
  const auto& current = observed.record->current;
  if (!current || is_over(observed, current->expires_at)) return false;
  const auto found = observed.slots.find(current->slot);
  return found == observed.slots.end() || found->second.created_at != current->created_at;
}

// What the record calls the password that the registry shows in a slot.
std::string role_in_record(const record::Record& record, const std::string& slot, const SlotView& view) {
  const auto is = [&](const record::Password& password) {
    return password.slot == slot && password.created_at == view.created_at;
  };
  if (record.current && is(*record.current)) return "current";
  if (record.pending && record.pending->slot == slot) {
    const record::Pending& pending = *record.pending;
    if (pending.generated) return is(*pending.generated) ? "staged" : "unexplained";
    if (pending.asked_expiry && view.expires_at == pending.asked_expiry) return "orphan";
    if (pending.observed == view.created_at) return "claimed";
  }
  if (record.previous && is(record.previous->password)) return "previous";
  if (record.retired && record.retired->slot == slot && record.retired->created_at == view.created_at)
    return "retired";
  if (record.external_slot == slot) return "handed over";
  return "unexplained";
}

SlotStatus slot_status(const Observed& observed, const std::string& slot) {
  SlotStatus status{slot, "empty", {}, {}, {}};
  const auto found = observed.slots.find(slot);
  const record::Record* record = observed.record;
  if (found == observed.slots.end()) {
    if (record != nullptr && record->pending && record->pending->slot == slot) status.role = "claimed";
    return status;
  }
  status.created_at = found->second.created_at;
  status.expires_at = found->second.expires_at;
  status.role = record != nullptr ? role_in_record(*record, slot, found->second) : "unexplained";
  if (status.role == "previous") status.free_at = record->previous->free_at;
  if (status.role != "current" && status.role != "claimed" && is_over(observed, status.expires_at))
    status.role = "lapsed";
  return status;
}

// Nobody else tells the outsider, so a person should, in time.
std::string warning_of_outsider(const record::RecordName& name, const Observed& observed) {
  constexpr Ticks kLongest = std::chrono::hours(24 * 14);
  if (!observed.record->external_slot || !observed.now) return "";
  const auto slot = observed.slots.find(*observed.record->external_slot);
  if (slot == observed.slots.end() || !slot->second.expires_at) return "";
  const Ticks life = *slot->second.expires_at - slot->second.created_at;
  if (*slot->second.expires_at - observed.now->earliest > std::min(kLongest, life / 3)) return "";
  return slot->first + ", handed to an outsider, ends at " + format_for_people(*slot->second.expires_at) +
         ": run 'scopedctl credential hand-over " + name.display() + " --force' with them";
}

}  // namespace

TokenStatus make_status(const record::RecordName& name, const Policy& policy, const Observed& observed,
                        const Decision& decision) {
  TokenStatus status;
  status.name = name;
  status.read = observed.record_view != RecordView::unreadable;
  std::set<std::string> slots = {record::kPassword1, record::kPassword2};
  for (const auto& [slot, view] : observed.slots) slots.insert(slot);
  for (const std::string& slot : slots) status.slots.push_back(slot_status(observed, slot));
  status.step = std::string(name_of(decision.step));
  status.reason = decision.reason;
  status.until = decision.until;
  if (decision.step == Step::give_up) status.problem = decision.reason;
  if (observed.record == nullptr) return status;
  if (status.problem.empty()) status.problem = warning_of_outsider(name, observed);
  status.lost = has_lost_current(observed);
  status.ready = observed.record->current.has_value();
  status.generation = observed.record->generation;
  status.due_at = due_at(*observed.record, policy, observed.jitter_fraction);
  return status;
}

}  // namespace scoped::rotate
