#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (!patient.unit_active) return fine("no service is installed: the helper reads the store itself");
  if (*patient.unit_active) return fine("scoped-agent runs");
  return wrong("scoped-agent does not run",
               "sudo systemctl start scoped-agent; systemctl status scoped-agent");
}

}  // namespace

const Check rows::unit_check = {"unit", "The agent's service runs.", &look};

}  // namespace scoped::ctl
