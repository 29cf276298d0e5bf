// What somebody else does to the registry, on request.
#pragma once

#include "tests/emulator/faults.h"
#include "tests/emulator/model.h"

namespace scoped::emulator {

// Nothing happens when there is no such token.
void act(Model& model, const Foreign& foreign, Instant now, Random& random);

}  // namespace scoped::emulator
