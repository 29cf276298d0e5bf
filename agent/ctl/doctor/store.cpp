#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

// All that is wrong in one finding, since each has its own remedy.
Finding look(const Patient& patient) {
  if (patient.registry() == nullptr) return unknown("not looked for: no configuration");
  const auto flaws = patient.flaws();
  if (!flaws) return unknown(flaws.error().line());
  if (flaws->empty()) return fine("the store is set up as it should be");
  std::string what, remedy;
  for (const store::Flaw& flaw : *flaws) {
    what += (what.empty() ? "" : "; ") + flaw.what;
    remedy += (remedy.empty() ? "" : "; ") + flaw.remedy;
  }
  return wrong(what, remedy);
}

}  // namespace

const Check rows::store_check = {"store", "The store allows what is asked of it and loses no password.",
                                 &look};

}  // namespace scoped::ctl
