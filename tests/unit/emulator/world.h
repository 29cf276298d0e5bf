// What the tests of the emulator share: a registry with a clock that moves when told, and requests to it
// without a socket.
#pragma once

#include "common/crypto/digest.h"
#include "tests/emulator/arm.h"
#include "tests/emulator/bearers.h"
#include "tests/emulator/entra.h"
#include "tests/emulator/log_analytics.h"
#include "tests/emulator/login.h"
#include "tests/emulator/site.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/emulator/contains.h"

#include <optional>
#include <string>

namespace scoped::emulator_test {

using namespace scoped::emulator;

// Made once, since that takes longer than all the tests.
inline const Keys& keys() {
  static const Keys made = make_keys("localhost", scoped::test::FakeClock().now()).value();
  return made;
}

inline json::Value parsed(const Answer& answer) {
  auto value = json::parse(answer.body);
  INFO(answer.body);
  REQUIRE(value);
  return *value;
}

// The text at a path of the answer's body, "" when there is none.
inline std::string text_at(const Answer& answer, std::initializer_list<std::string_view> path) {
  const json::Value body = parsed(answer);
  const json::Value* value = body.at(path);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

inline std::string header(const Answer& answer, std::string_view name) {
  const std::string* value = find_field(answer.headers, name);
  return value == nullptr ? "" : *value;
}

inline std::string code_of(const Answer& answer) { return text_at(answer, {"error", "code"}); }

class World {
 public:
  explicit World(std::string state_file = "", std::string images = "", bool revoke_at_once = false,
                 const Limits& limits = {})
      : site(new_contents("myregistry", clock.now(), random),
             {clock,
              random,
              keys().signer,
              {"https://localhost:1", "localhost:2", "localhost:3"},
              Seconds(60),
              std::move(state_file),
              std::move(images),
              keys().client,
              "a-header",
              revoke_at_once},
             limits),
        bearer(fresh_bearer()) {}

  std::string fresh_bearer(const std::string& resource = "https://management.azure.com") {
    const Facts& facts = site.model.facts();
    return make_bearer(keys().signer, {facts.tenant, facts.client_id, resource}, clock.now(), Seconds(60),
                       random)
        .value();
  }

  // `path` is below the registry and may carry a query of its own.
  Answer arm(const std::string& method, const std::string& path, const std::string& body = "") {
    const std::string separator = path.find('?') == std::string::npos ? "?" : "&";
    return control(method, site.model.registry_id() + path + separator + "api-version=2023-07-01", body);
  }

  Answer control(const std::string& method, const std::string& target, const std::string& body = "") {
    Fields headers;
    if (!bearer.empty()) headers.emplace_back("Authorization", "Bearer " + bearer);
    const RouteTable tables[] = {kArmRegistry,   kArmScopeMaps,   kArmTokens,        kArmCredentials,
                                 kArmOperations, kArmRoots,       kArmSubscriptions, kDiscovery,
                                 kEntraTokens,   kArmDiagnostics, kLogQueries};
    return site.serve(make_request(method, target, headers, body).value(), tables, kArm);
  }

  Answer form(const std::string& target, const std::string& body,
              const std::string& type = "application/x-www-form-urlencoded") {
    const RouteTable tables[] = {kEntraTokens, kLoginToken, kLoginTags, kAcrV1};
    return site.serve(make_request("POST", target, {{"Content-Type", type}}, body).value(), tables, kLogin);
  }

  Answer get(const std::string& target, const std::string& authorization = "") {
    return door("GET", target, authorization);
  }
  Answer door(const std::string& method, const std::string& target, const std::string& authorization = "",
              const std::string& body = "") {
    Fields headers;
    if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
    const RouteTable tables[] = {kLoginToken, kLoginTags, kAcrV1, kAcrV1Changes};
    return site.serve(make_request(method, target, headers, body).value(), tables, kLogin);
  }

  // A scope map 'pullers' of these actions and a token 'node-blue' that uses it.
  void make_token(const std::string& actions = R"("repositories/demo/app/content/read")") {
    REQUIRE(arm("PUT", "/scopeMaps/pullers", R"({"properties":{"actions":[)" + actions + "]}}").status ==
            200);
    REQUIRE(arm("PUT", "/tokens/node-blue", token_body()).status == 201);
  }
  std::string token_body(const std::string& more = "") const {
    return R"({"properties":{"scopeMapId":")" + site.model.child_id("scopeMaps", "pullers") + "\"" + more +
           "}}";
  }

  Answer generate(const std::string& more = "") {
    return arm("POST", "/generateCredentials",
               R"({"tokenId":")" + site.model.child_id("tokens", "node-blue") + "\"" + more + "}");
  }
  // A new password of 'node-blue' in password1.
  std::string password(const std::string& more = "") {
    const json::Value body = parsed(generate(R"(,"name":"password1")" + more));
    return *(*body.at({"passwords"})->array())[0].at({"value"})->text();
  }

  static std::string basic(const std::string& user, const std::string& password) {
    return "Basic " + crypto::base64(user + ":" + password);
  }

  void arm_fault(const std::string& request) {
    const auto armed = site.faults.arm(json::parse(request).value());
    INFO(request);
    REQUIRE(armed);
  }

  scoped::test::FakeClock clock;
  scoped::test::SeededRandom random;
  Site site;
  std::string bearer;
};

}  // namespace scoped::emulator_test
