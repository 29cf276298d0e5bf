#include "agent/rotate/session.h"

namespace scoped::rotate {

record::Record make_not_ready_record(const record::RecordName& name, const std::string& reserved_slot) {
  record::Record record;
  record.registry = name.registry;
  record.token = name.token;
  record.reserved_slot = reserved_slot;
  return record;
}

record::Record make_imported_record(const record::RecordName& name, const registry::SlotState& slot,
                                    const Secret& password, std::chrono::seconds offline, Instant now) {
  record::Record record;
  record.registry = name.registry;
  record.token = name.token;
  record.generation = 1;
  record.promoted_at = now;
  record.current =
      record::Password{name.token, slot.name, password.clone(), slot.created_at, slot.expires_at, offline};
  return record;
}

}  // namespace scoped::rotate
