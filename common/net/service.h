// Where a service is by DNS: the SRV records of RFC 2782.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scoped::net {

struct Service {
  int priority = 0;
  int weight = 0;
  int port = 0;
  std::string target;  // a host's name, without the dot at its end
};

// Of a DNS message the record of the least priority, among those of the greatest weight the first. Nothing:
// the message is none, or holds no record that names a host. Pure.
std::optional<Service> preferred_service(std::string_view message);

}  // namespace scoped::net
