#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (patient.registry() == nullptr) return unknown("not looked for: no configuration");
  const auto enabled = patient.token_enabled();
  if (!enabled) return unknown(enabled.error().line());
  if (!*enabled) return unknown("no control plane to ask");
  if (**enabled) return fine("the token is enabled");
  return wrong("the token is disabled in the registry",
               "az acr token update -r " + patient.host.substr(0, patient.host.find('.')) + " -n " +
                   patient.registry()->default_token + " --status enabled");
}

}  // namespace

const Check rows::token_check = {"token", "The token is enabled in the registry.", &look};

}  // namespace scoped::ctl
