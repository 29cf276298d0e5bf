// What `configure --all` does with the logins that stand in Docker's own file: Docker stops reading them when
// a helper is asked for every registry. Blocking; one thread.
#pragma once

#include "agent/ctl/clients/edit.h"
#include "agent/ctl/run.h"

namespace scoped::ctl {

// To the saved logins, each before it goes from the file. With `write` false it only says what it would do.
Result<> move_logins_in(Run& run, const ClientEditor& editor, const Wanted& wanted, bool write);
// Those that were moved, to where they stood; others stay with the helper, and are named.
Result<> move_logins_back(Run& run, const ClientEditor& editor, const Wanted& wanted);

}  // namespace scoped::ctl
