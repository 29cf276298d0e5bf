// Azure Resource Manager as far as a container registry needs it. Each arm_*.cpp is one collection with its
// table of routes; here is what they share: the family, how a body is read and how a resource is shown.
#pragma once

#include "common/json/value.h"
#include "tests/emulator/site.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::emulator {

// Admits a request with a good bearer, an api-version, and the ids of the one registry that there is.
extern const Family kArm;
// The same, with the id of the subscription alone, and with none.
extern const Family kArmSubscription;
extern const Family kArmRoot;

extern const RouteTable kArmRoots;          // subscriptions, tenants
extern const RouteTable kArmSubscriptions;  // what a subscription has: resources, groups, registries
extern const RouteTable kArmRegistry;       // the registry itself, its admin user and its usages
extern const RouteTable kArmScopeMaps;      // scopeMaps
extern const RouteTable kArmTokens;         // tokens
extern const RouteTable kArmCredentials;    // generateCredentials
extern const RouteTable kArmOperations;     // operationStatuses
extern const RouteTable kArmDiagnostics;    // diagnosticSettings

// The name in the path, behind the ids of subscription, group and registry.
const std::string& name_of(const Turn& turn);
Moment moment_of(const Turn& turn);

// Bodies; 400 InvalidRequestContent names the member that is wrong.
Outcome<ScopeMapBody> read_scope_map_body(const std::string& body);
Outcome<TokenBody> read_token_body(const std::string& body);
Outcome<GenerateBody> read_generate_body(const std::string& body);
Outcome<std::optional<bool>> read_admin_enabled(const std::string& body);  // of a PATCH of the registry
Outcome<std::string> read_name(const std::string& body);
Outcome<std::string> read_properties(const std::string& body);  // as JSON

// Resources as ARM shows them. A password's value is in none of them.
json::Value show_registry(const Model& model, const std::string& login_server);
json::Value show_resource(const Model& model);  // the registry as one of many resources
json::Value show(const Model& model, const ScopeMap& map);
json::Value show(const Model& model, const Token& token);
json::Value show(const Password& password);

Answer json_answer(int status, const json::Value& body);

// What part of a list is asked for. 400: a $skiptoken that we did not make.
struct PageRequest {
  std::string after;
  size_t size;
};
Outcome<PageRequest> page_request(const Turn& turn);
std::string next_link(const Turn& turn, std::string_view last_key);

// The answer itself or, under the fault `async`, one that is to be polled. `token` shows `state` meanwhile.
Answer status_answer(Turn& turn, Answer answer, std::string_view resource_id, std::string state,
                     const std::string& token);   // 201 and Azure-AsyncOperation
Answer result_answer(Turn& turn, Answer answer);  // 202 and Location

// A page of a list with its nextLink.
template <typename T>
Answer list_answer(const Turn& turn, const Named<T>& all, const PageRequest& wanted) {
  const auto found = page(all, wanted.after, wanted.size);
  json::Array list;
  for (const T* each : found) list.push_back(show(turn.site.model, *each));
  json::Object body;
  body.set("value", std::move(list));
  if (!found.empty() && all.upper_bound(lower(found.back()->name)) != all.end())
    body.set("nextLink", next_link(turn, lower(found.back()->name)));
  return json_answer(200, std::move(body));
}

}  // namespace scoped::emulator
