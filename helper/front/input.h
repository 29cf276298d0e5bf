// The client's stdin, read to its end: a helper that exits without reading makes clients die of EPIPE.
// Blocking; every buffer that held the input is wiped.
#pragma once

#include "common/base/secret.h"

namespace scoped::front {

enum class Until {
  end,    // the verb needs the input: reads until the client closes its end
  quiet,  // nobody needs it: stops as well at a terminal, and when nothing has come for 100 ms
};

// Keeps the first `most` bytes and discards the rest. A read error counts as the end.
Secret drain(int fd, size_t most, Until until);

}  // namespace scoped::front
