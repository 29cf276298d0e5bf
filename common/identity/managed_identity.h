// Managed identity: the host itself gives out bearers for the identity that Azure assigned to it. Which host
// it is, the variables tell that Azure sets there; without any it is a virtual machine.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> managed_identity_settings();
// configuration: more than one of client_id, object_id and resource_id.
Result<std::unique_ptr<net::Authorizer>> make_managed_identity(const config::Typed& settings,
                                                               const Context& context);
// The same with another folder for Arc's keys.
Result<std::unique_ptr<net::Authorizer>> make_managed_identity_at(const config::Typed& settings,
                                                                  const Context& context,
                                                                  const std::string& arc_folder);

}  // namespace scoped::identity
