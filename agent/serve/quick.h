// The short way for what nearly every client wants: a request that has arrived whole, answered with one read
// and one write, without the event loop in between. Nothing here waits.
#pragma once

#include "common/base/secret.h"
#include "common/broker/frame.h"

#include <optional>

namespace scoped::serve {

// The request, if all of it is there and it is short; it stays in the socket, so that the long way can read
// it.
std::optional<broker::Request> peek_request(int client);

// Takes the request out of the socket (else closing would look like a failure to the client) and writes the
// reply. False: it did not fit at once, or the client is gone; either way the connection is of no more use.
bool send_reply(int client, const Secret& frame);

// Replies longer than this go the long way: they may not fit into the socket's buffer.
inline constexpr size_t kLongestQuickReply = 16'384;

}  // namespace scoped::serve
