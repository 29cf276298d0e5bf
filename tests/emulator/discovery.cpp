// What a client may ask before it has logged in: which cloud this is, and where its tokens come from.
#include "common/json/value.h"
#include "tests/emulator/entra.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kSuffixWithoutDomain = "azurecr.test";

Answer document(json::Object body) {
  Answer answer;
  answer.body = json::dump(std::move(body));
  return answer;
}

// "azurecr.io" of "myregistry.azurecr.io"; a login server without a domain has a suffix that fits no name.
std::string login_server_suffix(const std::string& login_server) {
  const std::string host = login_server.substr(0, login_server.find(':'));
  const size_t dot = host.find('.');
  return dot == std::string::npos ? std::string(kSuffixWithoutDomain) : host.substr(dot + 1);
}

// One document for every api-version: the members of the first (graphEndpoint, ...) and of the later ones. Of
// 2022-09-01, which the current Azure CLI asks for, it wants one cloud and no list.
Outcome<Answer> cloud(Turn& turn) {
  const Addresses& addresses = turn.site.parts.addresses;
  json::Object authentication;
  authentication.set("loginEndpoint", addresses.control + "/adfs");
  authentication.set("audiences", json::Array{addresses.control});
  authentication.set("tenant", turn.site.model.facts().tenant);
  authentication.set("identityProvider", "ADFS");
  json::Object suffixes;
  suffixes.set("acrLoginServer", login_server_suffix(addresses.login_server));
  suffixes.set("keyVaultDns", "vault.azure.net");
  json::Object body;
  body.set("name", "AzEmu");
  for (const char* name : {"galleryEndpoint", "gallery", "graphEndpoint", "graph", "graphAudience",
                           "portalEndpoint", "portal", "resourceManager"})
    body.set(name, addresses.control);
  body.set("authentication", std::move(authentication));
  body.set("suffixes", std::move(suffixes));
  return document(std::move(body));
}

Answer openid(const std::string& issuer, const std::string& authorize, const std::string& token) {
  json::Object body;
  body.set("issuer", issuer);
  body.set("authorization_endpoint", authorize);
  body.set("token_endpoint", token);
  body.set("token_endpoint_auth_methods_supported", json::Array{"client_secret_post", "private_key_jwt"});
  body.set("response_types_supported", json::Array{"code"});
  body.set("scopes_supported", json::Array{"openid"});
  return document(std::move(body));
}

Outcome<Answer> openid_of_adfs(Turn& turn) {
  const std::string base = turn.site.parts.addresses.control + "/adfs";
  return openid(base, base + "/oauth2/authorize", base + "/oauth2/token");
}

Outcome<Answer> openid_of_tenant(Turn& turn) {
  const std::string& tenant = turn.captures[0];
  TRY(check_tenant(turn, tenant));
  const std::string base = fmt::format("{}/{}", turn.site.parts.addresses.control, tenant);
  return openid(base + "/v2.0", base + "/oauth2/v2.0/authorize", base + "/oauth2/v2.0/token");
}

// Every authority that is asked for is this one.
Outcome<Answer> instance(Turn& turn) {
  const std::string& control = turn.site.parts.addresses.control;
  json::Object body;
  body.set("tenant_discovery_endpoint", fmt::format("{}/{}/v2.0/.well-known/openid-configuration", control,
                                                    turn.site.model.facts().tenant));
  body.set("api-version", "1.1");
  body.set("metadata", json::Array{});
  return document(std::move(body));
}

constexpr std::array<Route, 4> kRoutes = {
    Route{"GET", "/metadata/endpoints", cloud},
    {"GET", "/common/discovery/instance", instance},
    {"GET", "/adfs/.well-known/openid-configuration", openid_of_adfs},
    {"GET", "/{}/v2.0/.well-known/openid-configuration", openid_of_tenant}};

}  // namespace

const RouteTable kDiscovery = {&kEntra, kRoutes};

}  // namespace scoped::emulator
