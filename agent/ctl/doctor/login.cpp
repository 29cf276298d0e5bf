#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  const auto user = patient.login();
  if (user) return fine("'" + *user + "' logs in");
  return wrong(user.error().line(), "SCOPED_DEBUG=1 docker-credential-scoped get");
}

}  // namespace

const Check rows::login_check = {
    "login",
    "A real login works: the helper is asked as a client asks it, and the registry takes what it says.",
    &look};

}  // namespace scoped::ctl
