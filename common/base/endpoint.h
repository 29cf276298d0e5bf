// An IP address and a port, as a program listens there. Pure.
#pragma once

#include "common/base/result.h"

#include <string>

namespace scoped {

struct Endpoint {
  std::string address;  // IPv4 or IPv6, without brackets
  int port = 0;         // 0: any that is free
};

// "127.0.0.1:9095", "[::1]:9095". invalid_input: it is neither; names are not looked up.
Result<Endpoint> parse_endpoint(const std::string& text);

}  // namespace scoped
