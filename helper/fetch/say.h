// The lines of $SCOPED_DEBUG, on their way to stderr or a file. Blocking; one thread.
#pragma once

#include "common/base/debug.h"

namespace scoped::fetch {

// Empty where nobody asked for lines. Each is written whole, with the time since this call. Where the file
// cannot be used, one line on stderr says why.
Say open_say(const Environment& environment);

}  // namespace scoped::fetch
