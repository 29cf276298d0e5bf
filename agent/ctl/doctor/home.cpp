#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (!patient.home_owner || *patient.home_owner == patient.environment.uid())
    return fine("HOME is your own");
  return wrong("HOME is that of uid " + std::to_string(*patient.home_owner) +
                   ": clients write settings there that are not yours",
               "sudo -H COMMAND");
}

}  // namespace

const Check rows::home_check = {"home", "HOME belongs to whoever runs this: sudo may keep another one.",
                                &look};

}  // namespace scoped::ctl
