#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (patient.registry() == nullptr) return unknown("not looked for: no configuration");
  const store::LoadResult loaded = patient.load();
  if (!loaded.found || !loaded.found->record.current) return unknown("there is no password to look at");
  const auto& current = *loaded.found->record.current;
  if (!current.expires_at || *current.expires_at > patient.now()) return fine("its password is good");
  return wrong("its password lapsed at " + format_for_people(*current.expires_at),
               "scopedctl rotate " + patient.host + "/" + current.username);
}

}  // namespace

const Check rows::expiry_check = {"expiry", "Its password has not lapsed.", &look};

}  // namespace scoped::ctl
