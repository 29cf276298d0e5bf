// The client's stdin, read to its end: a helper that exits without reading makes clients die of EPIPE.
// Blocking; buffers that held the input are wiped.
#pragma once

#include "common/base/secret.h"

#include <stddef.h>

namespace scoped::fetch {

// Keeps the first `most` bytes and discards the rest. Without `to_end` nobody needs the input: reading stops
// as well at a terminal and after a tenth of a second without a byte. A read error counts as the end.
Secret read_input(int fd, size_t most, bool to_end);

}  // namespace scoped::fetch
