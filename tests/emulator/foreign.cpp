#include "tests/emulator/foreign.h"

namespace scoped::emulator {

void act(Model& model, const Foreign& foreign, Instant now, Random& random) {
  const Moment moment{now, "somebody else"};
  if (model.token(foreign.token) == nullptr) return;
  if (foreign.deed == Foreign::Deed::regenerate) {
    const GenerateBody body{model.child_id("tokens", foreign.token), foreign.slot, {}};
    (void)model.generate(body, moment, random);  // nobody learns the value
    return;
  }
  TokenBody body;
  if (foreign.deed == Foreign::Deed::wipe)
    body.keep.emplace();
  else
    body.enabled = false;
  (void)model.patch_token(foreign.token, body, moment);
}

}  // namespace scoped::emulator
