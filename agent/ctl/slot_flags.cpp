#include "agent/ctl/slot_flags.h"

namespace scoped::ctl {

std::vector<std::string> slots_asked(const Options& options) {
  std::vector<std::string> slots;
  for (const char* slot : {record::kPassword1, record::kPassword2})
    if (options.has(slot)) slots.emplace_back(slot);
  return slots;
}

std::optional<std::string> use_of_slot(const record::Record& record, const std::string& slot, Instant now) {
  if (record.current && record.current->slot == slot)
    return "it is the password that clients are given now ('scopedctl rotate' replaces it without harm)";
  if (record.external_slot == slot) return "it was handed to an outsider";
  if (!record.current && record.reserved_slot == slot) return "it is somebody's, and was left alone for them";
  if (!record.previous || record.previous->password.slot != slot) return std::nullopt;
  if (record.previous->password.expires_at && *record.previous->password.expires_at <= now)
    return std::nullopt;
  const auto& free_at = record.previous->free_at;
  if (free_at && *free_at <= now) return std::nullopt;
  return "clients may still hold it" + (free_at ? " until " + format_for_people(*free_at) : std::string());
}

}  // namespace scoped::ctl
