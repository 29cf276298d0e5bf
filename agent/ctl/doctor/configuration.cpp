#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (!patient.problems.empty()) return wrong(patient.problems.front(), "put it right: man scoped-config");
  if (!patient.passed_over.empty()) return wrong(patient.passed_over.front(), "chmod go-w FILE, or chown it");
  if (patient.registry() == nullptr)
    return wrong("no configuration mentions '" + patient.host + "'", "scopedctl setup " + patient.host);
  return fine("'" + patient.registry()->origin.file + "' mentions it");
}

}  // namespace

const Check rows::configuration_check = {
    "configuration", "The configuration is right, is read, and mentions the registry.", &look};

}  // namespace scoped::ctl
