#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  const config::Registry* registry = patient.registry();
  if (registry == nullptr) return unknown("not looked for: no configuration");
  const store::LoadResult loaded = patient.load();
  if (loaded.state == store::LoadState::absent || (loaded.found && !loaded.found->record.current))
    return wrong("the store has no password of it",
                 "scopedctl import " + patient.host + " " + registry->default_token);
  if (loaded.found) return fine("the store has its password");
  if (loaded.state == store::LoadState::denied)
    return unknown("the store is not for you to read: the agent reads it");
  return wrong(loaded.why->line(), "scopedctl status");
}

}  // namespace

const Check rows::record_check = {"record", "The token's record is in the store.", &look};

}  // namespace scoped::ctl
