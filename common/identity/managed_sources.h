// Where a machine of Azure gets bearers without a secret of its own: one row per kind of host. Pure.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// https://learn.microsoft.com/azure/app-service/overview-managed-identity
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
#pragma once

#include "common/base/env.h"
#include "common/net/http.h"

#include <span>
#include <string>
#include <string_view>

namespace scoped::identity {

// Which identity of several; at most one member is set. None: the one of the host itself.
struct ManagedChoice {
  std::string client_id;
  std::string object_id;
  std::string resource_id;

  bool any() const { return !client_id.empty() || !object_id.empty() || !resource_id.empty(); }
};

struct ManagedSource {
  std::string_view name;  // for messages: "App Service"
  bool (*fits)(const Environment&);
  // configuration: a variable holds no address that may be asked, or this kind of host knows no such choice.
  Result<net::Request> (*request)(const Environment&, const std::string& resource, const ManagedChoice&);
  bool asks_for_a_file = false;  // its first answer names a file with a key (Arc)
  bool retries_gone = false;     // 410 means that the service is being replaced (IMDS)
};

// In the order in which they are looked for; the last one, IMDS, always fits.
std::span<const ManagedSource> managed_sources();

// The file that Arc's 401 names (Basic realm=PATH). denied: it is not a ".key" file right in `folder`.
Result<std::string> arc_key_file(std::string_view www_authenticate, const std::string& folder);

// "11/26/2026 21:53:18 +00:00" and "11/26/2026 9:53:18 PM +00:00", as the App Service of 2017 says when a
// bearer ends.
std::optional<Instant> parse_app_service_time(std::string_view text);

}  // namespace scoped::identity
