// libcurl's memory, wiped when it is given back: requests carry bearers and answers carry passwords through
// its buffers. Thread-safe.
#pragma once

namespace scoped::net {

// Initialises libcurl with wiping allocators, once a process; false when it refuses.
bool start_curl();

}  // namespace scoped::net
