// links: net
// Whatever a name server answers: reading it ends, and what is chosen is a port and a host's name, which a
// URL takes as it is.
#include "common/base/result.h"
#include "common/net/http.h"
#include "common/net/service.h"

#include <stdint.h>

using namespace scoped;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto service = net::preferred_service({reinterpret_cast<const char*>(data), size});
  if (!service) return 0;
  CHECK_INVARIANT(service->port >= 1 && service->port <= 65535);
  const auto url = net::parse_url("https://" + service->target + ":" + std::to_string(service->port) + "/");
  CHECK_INVARIANT(url && url->port == service->port && url->path_and_query == "/");
  return 0;
}
