// The program: makes keys and sockets, starts the servers, says when it is ready, and ends everything again.
#pragma once

#include "common/base/env.h"
#include "tests/emulator/options.h"

namespace scoped::emulator {

// Returns when the program is asked to end (SIGTERM, SIGINT), or with the reason why it cannot go on.
// REQUIRES: called once, by the main thread, before any other thread exists.
Result<> run(const Options& options, const Environment& environment);

}  // namespace scoped::emulator
