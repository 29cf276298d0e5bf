#include "agent/ctl/configure_profile.h"
#include "agent/ctl/doctor/check.h"
#include "common/protocol/texts.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  const std::string name(protocol::kProgram);
  if (const auto found = find_on_path(patient.environment, name))
    return fine("the helper is '" + *found + "'");
  return wrong("'" + name + "' is not on the PATH", "sudo apt install docker-credential-scoped");
}

}  // namespace

const Check rows::helper_check = {"helper", "The helper is on the PATH of whoever runs the client.", &look};

}  // namespace scoped::ctl
