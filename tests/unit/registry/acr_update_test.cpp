// Not tested here: how an asynchronous answer is followed (acr_create_test.cpp).
#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

namespace scoped::registry {
namespace {

using namespace scoped::test;

const std::string kToken = arm_url("tokens/ci-main");
const std::string kMap = arm_url("scopeMaps/app-pull");

template <typename T>
std::string outcome_of(const Result<T>& result) {
  return result ? "ok" : result.error().line();
}

TEST_CASE("an update sends what it changes and nothing else, once", "[registry]") {
  struct Row {
    TokenChange change;
    std::string properties;
  };
  const Row row = GENERATE_COPY(
      Row{{.enabled = false}, R"("status":"disabled")"}, Row{{.enabled = true}, R"("status":"enabled")"},
      Row{{.scope_map = "app-push"}, R"("scopeMapId":")" + kResource + R"(/scopeMaps/app-push")"},
      Row{{.keep = std::vector<std::string>{"password2"}},
          R"("credentials":{"passwords":[{"name":"password2"}]})"},
      Row{{.keep = std::vector<std::string>{}}, R"("credentials":{"passwords":[]})"});
  Arm arm;
  arm.transport.answer("PATCH " + kToken, {200, token_body("ci-main")});
  CHECK(outcome_of(arm.plane->update_token("ci-main", row.change, {})) == "ok");
  const SentRequest sent = arm.transport.sent()[0];
  CHECK(sent.body == R"({"properties":{)" + row.properties + "}}");
  CHECK(sent.once);
}

TEST_CASE("under a claim a write carries the claim's bearer and looks a last time", "[registry]") {
  Arm arm;
  arm.transport.answer("PATCH " + kToken, {200, token_body("ci-main")});
  int looks = 0;
  const Guard guard{&arm.pinned, [&looks]() -> Result<> {
                      ++looks;
                      return {};
                    }};
  CHECK(outcome_of(arm.plane->update_token("ci-main", {.enabled = false}, guard)) == "ok");
  CHECK(arm.transport.sent()[0].header("Authorization") == "Bearer claim-bearer");
  CHECK(looks == 1);
}

TEST_CASE("a scope map is changed in its actions or its description alone", "[registry]") {
  Arm arm;
  arm.transport.answer("PATCH " + kMap, {200, scope_map_body("app-pull")});
  CHECK(outcome_of(arm.plane->update_scope_map("app-pull", {.description = "x"}, {})) == "ok");
  CHECK(arm.transport.sent()[0].body == R"({"properties":{"description":"x"}})");
}

TEST_CASE("what was deleted, or was not there, is gone; what was refused is said", "[registry]") {
  struct Row {
    Answer answer;
    std::string outcome;
  };
  const Row row =
      GENERATE(Row{{200, ""}, "ok"}, Row{{204, ""}, "ok"},
               Row{{409, arm_error("InUse")},
                   "delete scope map 'app-pull': the control plane answered 409 (InUse): somebody "
                   "else is changing it: try again"},
               Row{{503, ""},
                   "delete scope map 'app-pull' may or may not have been done: the control plane "
                   "answered 503: it is in trouble: try again later"});
  Arm arm;
  arm.transport.answer("DELETE " + kMap, row.answer);
  CHECK(outcome_of(arm.plane->delete_scope_map("app-pull", {})) == row.outcome);
}

TEST_CASE("an accepted deletion is followed to its end", "[registry]") {
  const std::string place = kArm + kResource + "/operationStatuses/1?api-version=1";
  Arm arm;
  arm.transport.answer("DELETE " + kToken, {202, "", {{"Location", place}}});
  arm.transport.answer("GET " + place, {202});
  arm.transport.answer("GET " + place, {200});
  CHECK(outcome_of(arm.plane->delete_token("ci-main", {})) == "ok");
  CHECK(arm.transport.lines() == "DELETE " + kToken + "; GET " + place + "; GET " + place);
}

TEST_CASE("the registry tells its SKU, its endpoints and who may come without a token", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kArm + kResource + kVersion,
                       {200, R"({"name":"myRegistry","location":"westeurope","sku":{"name":"Premium"},
        "properties":{"loginServer":"myregistry.azurecr.io","adminUserEnabled":true,"anonymousPullEnabled":true,
        "publicNetworkAccess":"Disabled","dataEndpointHostNames":["a.data.azurecr.io"]}})"});
  const auto state = arm.plane->get_registry();
  REQUIRE(state);
  CHECK(state->sku == "Premium");
  CHECK(state->login_server == "myregistry.azurecr.io");
  CHECK(state->admin_enabled);
  CHECK(state->anonymous_pull);
  CHECK_FALSE(state->public_access);
  CHECK(state->data_endpoints == std::vector<std::string>{"a.data.azurecr.io"});
}

TEST_CASE("a registry that says little is off in everything", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kArm + kResource + kVersion,
                       {200, R"({"name":"myRegistry","properties":{}})"});
  const auto state = arm.plane->get_registry();
  REQUIRE(state);
  CHECK_FALSE(state->admin_enabled);
  CHECK_FALSE(state->anonymous_pull);
  CHECK(state->public_access);
}

}  // namespace
}  // namespace scoped::registry
