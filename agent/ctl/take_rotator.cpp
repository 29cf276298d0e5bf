#include "agent/ctl/take_rotator.h"

#include "agent/ctl/slots.h"

namespace scoped::ctl {
namespace {

Result<store::Found> load_it(store::RecordStore& store, const record::RecordName& name) {
  auto found = TRY(load_record(store, name));
  if (!found)
    return fail(ErrorCode::not_found,
                "it has no record: run 'scopedctl import " + name.registry + " " + name.token + "'");
  return std::move(*found);
}

}  // namespace

Result<Taken> take_rotator(store::RecordStore& store, const record::RecordName& name, const Taking& taking) {
  if (store.caps().cas != store::CompareAndSet::none)
    return fail(ErrorCode::invalid_input,
                store.display() +
                    " compares and sets: every agent with the duty 'rotate' may rotate, "
                    "and there is nothing to move");
  if (taking.instance.empty())
    return fail(
        ErrorCode::configuration,
        "with a configuration of its own an agent needs $SCOPED_AGENT_SOCKET, which tells it from others");
  const store::Found found = TRY(load_it(store, name));
  const auto& rotator = found.record.rotator;
  if (rotator && rotator->instance == taking.instance) return Taken{name, rotator->instance, rotator->from};
  record::Record changed = found.record.clone();
  changed.rotator = record::Rotator{taking.instance, taking.now.latest + taking.wait};
  const auto saved = store.save(name, changed, found.revision);
  if (!saved && saved.error().code() == ErrorCode::conflict)
    return fail(ErrorCode::conflict, "its record was changed in this moment: run it again");
  if (!saved && saved.error().code() != ErrorCode::ambiguous) return fail(saved.error());
  const store::Found seen = TRY(load_it(store, name));
  if (!seen.record.rotator || seen.record.rotator->instance != taking.instance)
    return fail(ErrorCode::conflict, "its record was changed in this moment: run it again");
  return Taken{name, rotator ? rotator->instance : "", changed.rotator->from};
}

}  // namespace scoped::ctl
