#include "agent/ctl/gather.h"

#include "agent/rotate/session.h"

namespace scoped::ctl {

Result<Gathered> gather(const Run& run, const record::RecordName& name) {
  Gathered gathered;
  gathered.name = name;
  gathered.store = TRY(run.parts.store_of(name.registry));
  gathered.found = TRY(load_record(*gathered.store, name));
  gathered.instance = TRY(run.parts.rotator_name(name.registry));
  gathered.control = TRY(run.parts.control_of(name.registry));
  auto token = gathered.control->get_token(name.token);
  if (!token && token.error().code() != ErrorCode::not_found) return fail(std::move(token).error());
  if (!token) return gathered;
  gathered.live = live_slots(*token, TRY(run.registry_time(name.registry)));
  gathered.token = std::move(*token);
  return gathered;
}

Result<> save_first(const Gathered& gathered, record::Record record) {
  if (gathered.found) record.rotator = gathered.found->record.rotator;
  if (!record.rotator && !gathered.instance.empty()) record.rotator = record::Rotator{gathered.instance};
  TRY_WITH(gathered.store->save(gathered.name, record,
                                gathered.found ? gathered.found->revision : store::Revision()),
           "save the record of '" + gathered.name.display() + "'");
  return {};
}

Result<> save_not_ready(const Gathered& gathered, const std::string& reserved_slot) {
  return save_first(gathered, rotate::make_not_ready_record(gathered.name, reserved_slot));
}

}  // namespace scoped::ctl
