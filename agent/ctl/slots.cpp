#include "agent/ctl/slots.h"

#include <algorithm>

namespace scoped::ctl {

Result<std::optional<store::Found>> load_record(store::RecordStore& store, const record::RecordName& name) {
  store::LoadResult loaded = store.load(name);
  if (loaded.state == store::LoadState::absent) return std::optional<store::Found>();
  if (loaded.found) return std::move(loaded.found);
  const std::string intention = "record of '" + name.display() + "'";
  if (loaded.why) return fail(std::move(*loaded.why).within(intention));
  return fail(ErrorCode::unavailable, intention + ": " + std::string(name_of(loaded.state)));
}

std::vector<registry::SlotState> live_slots(const registry::TokenState& token,
                                            const std::optional<TimeInterval>& now) {
  std::vector<registry::SlotState> live;
  for (const registry::SlotState& slot : token.slots)
    if (!now || !slot.expires_at || *slot.expires_at >= now->earliest) live.push_back(slot);
  std::sort(live.begin(), live.end(),
            [](const registry::SlotState& a, const registry::SlotState& b) { return a.name < b.name; });
  return live;
}

const registry::SlotState* find_slot(const std::vector<registry::SlotState>& slots, const std::string& name) {
  const auto found = std::find_if(slots.begin(), slots.end(),
                                  [&name](const registry::SlotState& slot) { return slot.name == name; });
  return found == slots.end() ? nullptr : &*found;
}

std::string the_other(const std::string& slot) {
  return slot == record::kPassword1 ? record::kPassword2 : record::kPassword1;
}

Result<> check_first_generate(const record::Record& record, const std::vector<registry::SlotState>& live) {
  if (record.current || record.pending) return {};  // a claim knows what it does
  const registry::SlotState* slot = find_slot(live, record::other_slot(record));
  if (slot == nullptr) return {};
  return fail(ErrorCode::conflict, "somebody made a password in " + describe_slot(*slot) + ": run '" +
                                       import_line(record.name()) + "'");
}

std::string describe_slot(const registry::SlotState& slot) {
  return slot.name + " (made " + format_for_people(slot.created_at) +
         (slot.expires_at ? ", until " + format_for_people(*slot.expires_at) : ", never expires") + ")";
}

std::string import_line(const record::RecordName& name) {
  return "scopedctl import " + name.registry + " " + name.token;
}

}  // namespace scoped::ctl
