// What came of asking a socket as one line for debugging: which socket, whether its path was trusted and if
// not why, and what was said. Never what an answer holds. Pure.
#pragma once

#include "common/broker/client.h"

#include <string>

namespace scoped::broker {

// "user socket '/run/user/1000/scoped/agent.sock': refused: folder '/run/user/1000/scoped' belongs to uid
// 1001 (mode 0755), and only root and uid 1000 are trusted". `self`: the uid that asked.
std::string describe(const Socket& socket, const Asked& asked, uid_t self);

}  // namespace scoped::broker
