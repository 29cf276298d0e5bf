#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  const auto resolved = patient.resolve();
  if (resolved) return fine("'" + patient.host + "' has an address");
  return wrong(resolved.error().line(), "getent hosts " + patient.host + "; cat /etc/resolv.conf");
}

}  // namespace

const Check rows::dns_check = {"dns", "The registry's name has an address.", &look};

}  // namespace scoped::ctl
