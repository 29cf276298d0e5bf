// Asks the machine's name servers for a service. In scoped-curl.so, beside what connects to it.
#pragma once

#include "common/net/service.h"

#include <optional>
#include <string>

namespace scoped::net {

// "_http._tcp.vault.corp". Takes a second for each name server that is silent. Nothing: there are no such
// records, or nobody answers. Any thread.
std::optional<Service> look_up_service(const std::string& name);

}  // namespace scoped::net
