#include "agent/registry/acr.h"
#include "agent/registry/control_plane.h"

#include <array>

namespace scoped::registry {
namespace {

constexpr std::array kAcrSettings = {
    config::Setting{.name = "resource_id",
                    .required = true,
                    .doc = "The registry's id in ARM: /subscriptions/ID/resourceGroups/GROUP/providers/"
                           "Microsoft.ContainerRegistry/registries/NAME."},
    config::Setting{.name = "identity",
                    .kind = config::Kind::identity,
                    .required = true,
                    .doc = "Name of the identity that creates tokens and generates passwords."},
    config::Setting{.name = "endpoint",
                    .kind = config::Kind::url,
                    .default_text = "https://management.azure.com",
                    .doc = "Address of ARM."},
    config::Setting{.name = "api_version",
                    .default_text = "2023-07-01",
                    .doc = "Version of the registry's API in ARM: 2022-12-01 or later."},
    config::Setting{
        .name = "workspace",
        .doc = "Id (GUID) of the Log Analytics workspace that the registry's events are sent to."},
    config::Setting{.name = "logs_identity",
                    .kind = config::Kind::identity,
                    .doc = "Name of the identity that reads the workspace; without it that of 'identity'."},
    config::Setting{.name = "logs_endpoint",
                    .kind = config::Kind::url,
                    .default_text = "https://api.loganalytics.io",
                    .doc = "Address of Log Analytics."},
    config::Setting{.name = "ca_file",
                    .kind = config::Kind::path,
                    .doc = "Certificates that are trusted for ARM beside the system's."},
};

constexpr std::array kTypes = {
    Type{"acr", "Azure Container Registry: tokens and scope maps over ARM.", kAcrSettings, &make_acr},
};

}  // namespace

std::span<const Type> types() { return kTypes; }

Result<std::unique_ptr<ControlPlane>> make_control_plane(const config::Registry& registry,
                                                         const Context& context) {
  for (const Type& type : kTypes)
    if (type.name == registry.control->type) return type.make(registry, context);
  return fail(ErrorCode::configuration,
              "registry '" + registry.host + "': control has unknown type '" + registry.control->type + "'");
}

}  // namespace scoped::registry
