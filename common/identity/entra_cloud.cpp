#include "common/identity/entra_cloud.h"

#include <array>

namespace scoped::identity {
namespace {

constexpr std::array kClouds = {
    EntraCloud{"public", "https://login.microsoftonline.com", "https://management.azure.com/.default"},
    EntraCloud{"china", "https://login.partner.microsoftonline.cn",
               "https://management.chinacloudapi.cn/.default"},
    EntraCloud{"us_government", "https://login.microsoftonline.us",
               "https://management.usgovcloudapi.net/.default"},
};

}  // namespace

std::span<const EntraCloud> entra_clouds() { return kClouds; }

const EntraCloud& cloud_of(const config::Typed& settings) {
  const std::string name = settings.text_or("cloud", std::string(kClouds[0].name));
  for (const EntraCloud& cloud : kClouds)
    if (cloud.name == name) return cloud;
  CHECK_INVARIANT(false && "the configuration refuses other clouds");
  return kClouds[0];
}

std::string authority_of(const config::Typed& settings) {
  std::string authority = settings.text_or("authority", std::string(cloud_of(settings).authority));
  while (authority.ends_with('/')) authority.pop_back();
  return authority;
}

Result<std::string> checked_authority(const std::string& address) {
  const auto url = net::parse_url(address);
  if (!url || (url->scheme != "https" && !net::is_loopback(*url)) || address.find('?') != std::string::npos)
    return fail(ErrorCode::configuration, "$AZURE_AUTHORITY_HOST is no address of Entra: https://...");
  std::string authority = address;
  while (authority.ends_with('/')) authority.pop_back();
  return authority;
}

std::string scope_of(const config::Typed& settings, const Context& context) {
  if (context.site && !context.site->scope.empty()) return context.site->scope;
  return settings.text_or("scope", std::string(cloud_of(settings).scope));
}

std::string resource_of(std::string scope) {
  constexpr std::string_view kDefault = "/.default";
  if (scope.ends_with(kDefault)) scope.resize(scope.size() - kDefault.size());
  return scope;
}

}  // namespace scoped::identity
