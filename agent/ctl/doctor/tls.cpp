#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (!patient.resolve()) return unknown("not tried: its name has no address");
  const auto reached = patient.reach();
  if (reached) return fine("'" + patient.host + "' is reached over TLS");
  return wrong(reached.error().line(),
               "curl -v https://" + patient.host + "/v2/ (a private authority: 'ca_file')");
}

}  // namespace

const Check rows::tls_check = {"tls", "The registry is reached, and its certificate is believed.", &look};

}  // namespace scoped::ctl
