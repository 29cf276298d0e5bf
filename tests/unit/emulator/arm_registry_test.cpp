// The registry's own operations and its admin user without a socket.
#include "tests/emulator/state_json.h"
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

Answer switch_admin(World& w, bool on) {
  return w.arm("PATCH", "",
               std::string(R"({"properties":{"adminUserEnabled":)") + (on ? "true}}" : "false}}"));
}

std::string admin_password(const Answer& answer, size_t slot) {
  const json::Value body = parsed(answer);
  return *(*body.at({"passwords"})->array()).at(slot).at({"value"})->text();
}

}  // namespace

TEST_CASE("the admin user has no passwords to show before it is enabled", "[emulator]") {
  World w;
  const Answer answer = w.arm("POST", "/listCredentials");
  CHECK(answer.status == 400);
  CHECK(code_of(answer) == "UnAuthorizedForCredentialOperations");
  CHECK(code_of(w.arm("POST", "/regenerateCredential", R"({"name":"password"})")) ==
        "UnAuthorizedForCredentialOperations");
  CHECK_FALSE(*parsed(w.arm("GET", "")).at({"properties", "adminUserEnabled"})->boolean());
}

TEST_CASE("an enabled admin user logs in with either password until it is disabled", "[emulator]") {
  World w;
  CHECK(*parsed(switch_admin(w, true)).at({"properties", "adminUserEnabled"})->boolean());
  const Answer shown = w.arm("POST", "/listCredentials");
  REQUIRE(shown.status == 200);
  CHECK(text_at(shown, {"username"}) == "myregistry");
  CHECK_THAT(shown.body, Contains(R"("name":"password",)") && Contains(R"("name":"password2",)"));
  CHECK(admin_password(shown, 0) != admin_password(shown, 1));
  for (const size_t slot : {0U, 1U})
    CHECK(w.get("/oauth2/token", World::basic("myregistry", admin_password(shown, slot))).status == 200);
  CHECK(w.get("/oauth2/token", World::basic("myregistry", "")).status == 401);
  CHECK(w.get("/oauth2/token", World::basic("other", admin_password(shown, 0))).status == 401);
  switch_admin(w, false);
  CHECK(w.get("/oauth2/token", World::basic("myregistry", admin_password(shown, 0))).status == 401);
  switch_admin(w, true);
  CHECK(w.arm("POST", "/listCredentials").body == shown.body);
}

TEST_CASE("one admin password is renewed and the other stays", "[emulator]") {
  World w;
  switch_admin(w, true);
  const Answer before = w.arm("POST", "/listCredentials");
  const Answer after = w.arm("POST", "/regenerateCredential", R"({"name":"password2"})");
  REQUIRE(after.status == 200);
  CHECK(admin_password(after, 0) == admin_password(before, 0));
  CHECK(admin_password(after, 1) != admin_password(before, 1));
  CHECK(w.get("/oauth2/token", World::basic("myregistry", admin_password(before, 1))).status == 401);
  // The names of a token's passwords are others.
  CHECK(code_of(w.arm("POST", "/regenerateCredential", R"({"name":"password1"})")) == "InvalidPasswordName");
  CHECK(w.arm("POST", "/regenerateCredential", "{}").status == 400);
}

TEST_CASE("the admin user survives in the state", "[emulator]") {
  World w;
  switch_admin(w, true);
  const std::string text = write_state(w.site.model.contents());
  const Model again(read_state(text).value());
  CHECK(again.admin_login("myregistry", w.site.model.contents().admin.passwords[0]));
  CHECK(write_state(again.contents()) == text);
  const Model older(new_contents("myregistry", w.clock.now(), w.random));
  std::string without = write_state(older.contents());
  const size_t at = without.find("\"admin\"");
  without.replace(at, without.find('}', at) + 2 - at, "");
  const auto read = read_state(without);
  REQUIRE(read);
  CHECK_FALSE(read->admin.enabled);
}

TEST_CASE("what else a registry has cannot be changed", "[emulator]") {
  World w;
  const Answer answer = w.arm("PATCH", "", R"({"properties":{"publicNetworkAccess":"Disabled"}})");
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body, Contains("publicNetworkAccess"));
  CHECK(w.arm("PATCH", "", R"({"properties":{"adminUserEnabled":"yes"}})").status == 400);
  CHECK(w.arm("PATCH", "", R"({"properties":{"policies":null}})").status == 200);
  CHECK(w.arm("PATCH", "", "{}").status == 200);
  CHECK(w.arm("PATCH", "", "").status == 400);
}

TEST_CASE("diagnostic settings are kept, listed and removed", "[emulator]") {
  World w;
  const std::string path = "/providers/microsoft.insights/diagnosticSettings";
  const std::string logs = R"("logs":[{"category":"ContainerRegistryLoginEvents","enabled":true}])";
  CHECK(w.arm("GET", path + "/audit").status == 404);
  CHECK(w.arm("PUT", path + "/audit", R"({"properties":{"workspaceId":"/w",)" + logs + "}}").status == 200);
  CHECK_THAT(w.arm("GET", path + "/audit").body, Contains(logs));
  CHECK_THAT(w.arm("GET", path).body, Contains(R"("name":"audit")"));
  const auto again = read_state(write_state(w.site.model.contents()));
  REQUIRE(again);
  CHECK(again->diagnostic_settings == w.site.model.contents().diagnostic_settings);
  CHECK(w.arm("DELETE", path + "/audit").status == 200);
  CHECK(w.arm("DELETE", path + "/audit").status == 204);
  CHECK(w.arm("PUT", path + "/audit", "{}").status == 400);
  CHECK_THAT(w.arm("GET", path).body, Contains(R"("value":[])"));
}

TEST_CASE("a registry shows its policies", "[emulator]") {
  World w;
  const Answer answer = w.arm("GET", "");
  CHECK(text_at(answer, {"properties", "policies", "azureADAuthenticationAsArmPolicy", "status"}) ==
        "enabled");
  CHECK(text_at(answer, {"properties", "policies", "softDeletePolicy", "status"}) == "disabled");
}

TEST_CASE("each tier has its limits", "[emulator]") {
  World w("", "", false, *find_tier("basic"));
  CHECK(text_at(w.arm("GET", ""), {"sku", "name"}) == "Basic");
  CHECK_THAT(w.arm("GET", "/listUsages").body, Contains(R"({"name":"Tokens","limit":100,"currentValue":0)"));
  for (int i = 5; i < 100; ++i)  // with the five that the system defines
    REQUIRE(
        w.arm("PUT", "/scopeMaps/scope-" + std::to_string(i), R"({"properties":{"actions":[]}})").status ==
        200);
  CHECK(code_of(w.arm("PUT", "/scopeMaps/one-more", R"({"properties":{"actions":[]}})")) ==
        "ScopeMapLimitReached");
  CHECK(find_tier("Gold") == nullptr);
}

TEST_CASE("usages count scope maps and tokens", "[emulator]") {
  World w;
  w.make_token();
  const Answer answer = w.arm("GET", "/listUsages");
  CHECK(answer.status == 200);
  CHECK_THAT(answer.body, Contains(R"({"name":"ScopeMaps","limit":50000,"currentValue":6,"unit":"Count"})"));
  CHECK_THAT(answer.body, Contains(R"({"name":"Tokens","limit":50000,"currentValue":1,"unit":"Count"})"));
}
