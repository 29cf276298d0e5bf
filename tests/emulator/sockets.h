// Listening sockets, made here so that a free port is known before a server starts, and the backlog is longer
// than the 5 of cpp-httplib.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"

#include <string>

namespace scoped::emulator {

// On 127.0.0.1; port 0 takes a free one.
Result<Fd> listen_on_loopback(int port);
// The path must be free.
Result<Fd> listen_at_path(const std::string& path);
int port_of(const Fd& listening);

}  // namespace scoped::emulator
