// What stands above the registry: the one subscription of the one tenant, its one group and what it holds.
// Real clients find a registry by its name here.
#include "tests/emulator/arm.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kResourceType = "Microsoft.ContainerRegistry/registries";

Answer list_of(json::Array list) {
  json::Object body;
  body.set("value", std::move(list));
  return json_answer(200, std::move(body));
}

json::Value show_subscription(const Facts& facts) {
  json::Object policies;
  policies.set("locationPlacementId", "Public_2014-09-01");
  policies.set("quotaId", "PayAsYouGo_2014-09-01");
  policies.set("spendingLimit", "Off");
  json::Object object;
  object.set("id", fmt::format("/subscriptions/{}", facts.subscription));
  object.set("authorizationSource", "RoleBased");
  object.set("managedByTenants", json::Array{});
  object.set("subscriptionId", facts.subscription);
  object.set("tenantId", facts.tenant);
  object.set("displayName", "acr-emulator");
  object.set("state", "Enabled");
  object.set("subscriptionPolicies", std::move(policies));
  return object;
}

Outcome<Answer> subscriptions(Turn& turn) { return list_of({show_subscription(turn.site.model.facts())}); }

Outcome<Answer> subscription(Turn& turn) {
  return json_answer(200, show_subscription(turn.site.model.facts()));
}

Outcome<Answer> tenants(Turn& turn) {
  const std::string& tenant = turn.site.model.facts().tenant;
  json::Object object;
  object.set("id", fmt::format("/tenants/{}", tenant));
  object.set("tenantId", tenant);
  return list_of({std::move(object)});
}

json::Value show_group(const Facts& facts) {
  json::Object properties;
  properties.set("provisioningState", "Succeeded");
  json::Object object;
  object.set("id",
             fmt::format("/subscriptions/{}/resourceGroups/{}", facts.subscription, facts.resource_group));
  object.set("name", facts.resource_group);
  object.set("type", "Microsoft.Resources/resourceGroups");
  object.set("location", "local");
  object.set("properties", std::move(properties));
  return object;
}

Outcome<> check_group(const Turn& turn) {
  if (!same_name(turn.captures[1], turn.site.model.facts().resource_group))
    return refuse(404, "ResourceGroupNotFound",
                  fmt::format("Resource group '{}' could not be found.", turn.captures[1]));
  return {};
}

Outcome<Answer> groups(Turn& turn) { return list_of({show_group(turn.site.model.facts())}); }

Outcome<Answer> group(Turn& turn) {
  TRY(check_group(turn));
  return json_answer(200, show_group(turn.site.model.facts()));
}

// Of OData's grammar the one form that clients use for registries: resourceType eq 'TYPE'.
Outcome<bool> filter_takes_registries(const Turn& turn) {
  const std::string* filter = find_field(turn.request.query, "$filter");
  if (filter == nullptr || filter->empty()) return true;
  constexpr std::string_view kPrefix = "resourceType eq '";
  const std::string_view text = *filter;
  if (!text.starts_with(kPrefix) || !text.ends_with('\'') ||
      text.find('\'', kPrefix.size()) != text.size() - 1)
    return refuse(400, "InvalidFilterInQueryString",
                  fmt::format("The filter '{}' is not of the form resourceType eq 'TYPE'.", text));
  return same_name(text.substr(kPrefix.size(), text.size() - 1 - kPrefix.size()), kResourceType);
}

Outcome<Answer> resources(Turn& turn) {
  const bool registries = TRY(filter_takes_registries(turn));
  return list_of(registries ? json::Array{show_resource(turn.site.model)} : json::Array{});
}

Outcome<Answer> registries(Turn& turn) {
  return list_of({show_registry(turn.site.model, turn.site.parts.addresses.login_server)});
}

Outcome<Answer> registries_of_group(Turn& turn) {
  TRY(check_group(turn));
  return registries(turn);
}

Outcome<Answer> check_name(Turn& turn) {
  const std::string name = TRY(read_name(turn.request.body));
  json::Object body;
  const bool taken = same_name(name, turn.site.model.facts().registry);
  body.set("nameAvailable", is_registry_name(name) && !taken);
  if (taken) {
    body.set("reason", "AlreadyExists");
    body.set("message", fmt::format("The registry {} is already in use.", name));
  } else if (!is_registry_name(name)) {
    body.set("reason", "Invalid");
    body.set("message", "A registry name has 5 to 50 letters and digits.");
  }
  return json_answer(200, std::move(body));
}

constexpr std::array<Route, 2> kRootRoutes = {Route{"GET", "/subscriptions", subscriptions},
                                              {"GET", "/tenants", tenants}};

constexpr std::array<Route, 7> kRoutes = {
    Route{"GET", "", subscription},
    {"GET", "/resources", resources},
    {"GET", "/resourceGroups", groups},
    {"GET", "/resourceGroups/{}", group},
    {"GET", "/providers/Microsoft.ContainerRegistry/registries", registries},
    {"GET", "/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries", registries_of_group},
    {"POST", "/providers/Microsoft.ContainerRegistry/checkNameAvailability", check_name}};

}  // namespace

const RouteTable kArmRoots = {&kArmRoot, kRootRoutes};
const RouteTable kArmSubscriptions = {&kArmSubscription, kRoutes};

}  // namespace scoped::emulator
