// The clouds of Azure and where each has its logins and its control plane. Pure.
//
// Facts: `az cloud list`; https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
#pragma once

#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/identity/identity.h"

#include <span>
#include <string>
#include <string_view>

namespace scoped::identity {

struct EntraCloud {
  std::string_view name;       // as in the configuration
  std::string_view authority;  // Entra ID
  std::string_view scope;      // of the control plane
};

std::span<const EntraCloud> entra_clouds();

// The settings that several types share; each type's rows name those that it has.
inline constexpr config::Setting kCloudRow{.name = "cloud",
                                           .kind = config::Kind::choice,
                                           .default_text = "public",
                                           .choices = "public|china|us_government",
                                           .doc = "Cloud of Azure that the tenant is in."};
inline constexpr config::Setting kAuthorityRow{
    .name = "authority", .kind = config::Kind::url, .doc = "Address of Entra, where it is not the cloud's."};
inline constexpr config::Setting kTenantRow{
    .name = "tenant", .required = true, .doc = "Id or domain of the Entra tenant."};
inline constexpr config::Setting kClientIdRow{
    .name = "client_id", .required = true, .doc = "Id of the application that logs in."};
inline constexpr config::Setting kScopeRow{
    .name = "scope", .doc = "What a bearer for the control plane is for, where it is not the cloud's."};
inline constexpr config::Setting kEntraCaRow{
    .name = "ca_file",
    .kind = config::Kind::path,
    .doc = "Certificate authorities (PEM) that are trusted beside the system's."};

// REQUIRES: `cloud`, where it is set, is the name of one.
const EntraCloud& cloud_of(const config::Typed& settings);
// Without a slash at its end.
std::string authority_of(const config::Typed& settings);
// Of $AZURE_AUTHORITY_HOST. configuration: no address that a secret may be sent to.
Result<std::string> checked_authority(const std::string& address);
// What the store asks for; else what the configuration says, else the cloud's control plane.
std::string scope_of(const config::Typed& settings, const Context& context);
// The same as the older endpoints want it: "https://management.azure.com" of
// "https://management.azure.com/.default".
std::string resource_of(std::string scope);

}  // namespace scoped::identity
