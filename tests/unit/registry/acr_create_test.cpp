// Not tested here: statuses of a write (acr_generate_test.cpp goes through the table).
#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

namespace scoped::registry {
namespace {

using namespace scoped::test;

const std::string kToken = arm_url("tokens/ci-main");
const std::string kMap = arm_url("scopeMaps/app-pull");
const std::string kOperation = kArm + kResource + "/tokens/ci-main/operationStatuses/token-1?api-version=1";
const std::string kGet = "GET " + kToken, kPut = "PUT " + kToken, kPoll = "GET " + kOperation;

Answer absent() { return {404, arm_error("ResourceNotFound")}; }

TEST_CASE("a token is created without passwords after ARM has said that there is none", "[registry]") {
  Arm arm;
  arm.transport.answer(kGet, absent());
  arm.transport.answer(kPut, {GENERATE(200, 201), token_body("ci-main")});
  const auto token = arm.plane->create_token("ci-main", "app-pull");
  REQUIRE(token);
  CHECK(token->name == "ci-main");
  CHECK(token->slots.empty());
  CHECK(arm.transport.lines() == kGet + "; " + kPut);
  const SentRequest put = arm.transport.sent()[1];
  CHECK(put.once);
  CHECK(put.content_type == "application/json");
  CHECK(put.header("Authorization") == "Bearer bearer-1");
  CHECK(put.body ==
        R"({"properties":{"scopeMapId":")" + kResource + R"(/scopeMaps/app-pull","status":"enabled"}})");
}

TEST_CASE("what exists is never replaced", "[registry]") {
  Arm arm;
  arm.transport.answer(kGet, {200, token_body("ci-main")});
  arm.transport.answer("GET " + kMap, {200, scope_map_body("app-pull")});
  CHECK(outcome(arm.plane->create_token("ci-main", "app-pull")) ==
        "conflict: create token 'ci-main': token 'ci-main' exists, and creating it again would replace it");
  CHECK(outcome(arm.plane->create_scope_map("app-pull", "", {})) ==
        "conflict: create scope map 'app-pull': scope map 'app-pull' exists, and creating it again would "
        "replace "
        "it");
  CHECK(arm.transport.lines() == kGet + "; GET " + kMap);
}

TEST_CASE("without a proven 404 nothing is created", "[registry]") {
  const Answer answer =
      GENERATE(Answer{404, "<html>nginx</html>"}, Answer{404, ""}, Answer{403, ""}, Answer{500, ""},
               Answer{204, ""}, Answer{302, ""}, Answer{401, ""}, Answer{429, "", {{"Retry-After", "60"}}});
  INFO(answer.status);
  Arm arm;
  arm.transport.answer(kGet, answer);
  arm.transport.answer(kPut, {200, token_body("ci-main")});
  const auto token = arm.plane->create_token("ci-main", "app-pull");
  REQUIRE_FALSE(token);
  CHECK(token.error().code() != ErrorCode::ambiguous);
  CHECK(arm.transport.lines().find("PUT") == std::string::npos);
}

TEST_CASE("names that ARM does not accept are not sent", "[registry]") {
  Arm arm;
  CHECK(outcome(arm.plane->create_token("abc", "app-pull")) ==
        "invalid_input: 'abc' is not a name of a token: 5 to 50 letters, digits and '-', and no digit first");
  CHECK(outcome(arm.plane->create_token("ci-main", "../x")) ==
        "invalid_input: '../x' is not a name of a scope map: letters, digits, '-' and '_'");
  CHECK(outcome(arm.plane->create_scope_map("a b c", "", {})) ==
        "invalid_input: 'a b c' is not a name of a scope map: 5 to 50 letters, digits, '-' and '_'");
  CHECK(arm.transport.lines().empty());
}

TEST_CASE("a token that is created step by step is returned when it is provisioned", "[registry]") {
  Arm arm;
  arm.transport.answer(kGet, absent());
  arm.transport.answer(kPut,
                       {201, token_body("ci-main", "Creating"), {{"azure-asyncoperation", kOperation}}});
  arm.transport.answer(kPoll, {200, R"({"status":"Creating"})"});
  arm.transport.answer(kPoll, {200, R"({"status":"Creating"})", {{"Retry-After", "3"}}});
  arm.transport.answer(kPoll, {200, R"({"status":"Succeeded"})"});
  arm.transport.answer(kGet, {200, token_body("ci-main")});
  const auto token = arm.plane->create_token("ci-main", "app-pull");
  REQUIRE(token);
  CHECK(token->provisioning == "Succeeded");
  CHECK(arm.transport.lines() ==
        kGet + "; " + kPut + "; " + kPoll + "; " + kPoll + "; " + kPoll + "; " + kGet);
  CHECK(arm.waits == "500ms 1s 3s");
}

TEST_CASE("an accepted PUT is followed by its Location, then the token is read", "[registry]") {
  Arm arm;
  arm.transport.answer(kGet, absent());
  arm.transport.answer(kPut, {202, "", {{"Location", kOperation}}});
  arm.transport.answer(kPoll, {202});
  arm.transport.answer(kPoll, {200});
  arm.transport.answer(kGet, {200, token_body("ci-main")});
  CHECK(arm.plane->create_token("ci-main", "app-pull"));
  CHECK(arm.transport.lines() == kGet + "; " + kPut + "; " + kPoll + "; " + kPoll + "; " + kGet);
}

TEST_CASE("without a place to ask, the token itself is read until it is provisioned", "[registry]") {
  const Answer put = GENERATE(Answer{201, token_body("ci-main", "Creating")}, Answer{202, ""},
                              Answer{200, ""}, Answer{200, "<html>"});
  Arm arm;
  arm.transport.answer(kGet, absent());
  arm.transport.answer(kPut, put);
  arm.transport.answer(kGet, {200, token_body("ci-main", "Creating")});
  arm.transport.answer(kGet, {200, token_body("ci-main", "Updating")});
  arm.transport.answer(kGet, {200, token_body("ci-main")});
  CHECK(arm.plane->create_token("ci-main", "app-pull"));
  CHECK(arm.waits == "1s 2s");
}

TEST_CASE("a creation that fails on its way is ambiguous: something may be there", "[registry]") {
  struct Row {
    Answer poll, get;
    std::string reason;
  };
  const std::string failed = "the control plane reports that it failed";
  const std::string look = ": look, then try again or ask an administrator";
  const Row row = GENERATE_COPY(
      Row{{200, R"({"status":"Failed","error":{"code":"Conflict"}})"},
          {200, token_body("ci-main")},
          "follow the operation: " + failed + " (Conflict)" + look},
      Row{{200, R"({"status":"Canceled"})"}, {200, ""}, "follow the operation: " + failed + look},
      Row{{200, R"({"status":"Succeeded"})"},
          {200, token_body("ci-main", "Failed")},
          "follow the operation: " + failed + look},
      Row{{200, R"({"status":7})"},
          {200, ""},
          "follow the operation: the answer: 'status' is a number, expected a text"},
      Row{{200, R"({"status":"Succeeded"})"},
          {200, R"({"properties":{}})"},
          "the answer: 'name' is missing"});
  Arm arm;
  arm.transport.answer(kGet, absent());
  arm.transport.answer(kPut, {201, "", {{"Azure-AsyncOperation", kOperation}}});
  arm.transport.answer(kPoll, row.poll);
  arm.transport.answer(kGet, row.get);
  CHECK(outcome(arm.plane->create_token("ci-main", "app-pull")) ==
        "ambiguous: create token 'ci-main' may or may not have been done: " + row.reason);
}

TEST_CASE("a creation is sent once, whatever becomes of it", "[registry]") {
  Arm arm;
  arm.transport.answer(kGet, absent());
  SECTION("refused") {
    arm.transport.answer(kPut, {404, arm_error("ResourceNotFound")});
    CHECK(outcome(arm.plane->create_token("ci-main", "app-pull")) ==
          "not_found: create token 'ci-main': the control plane answered 404 (ResourceNotFound): there is no "
          "scope map 'app-pull' in registry 'myRegistry', or 'resource_id' is wrong");
  }
  SECTION("refused for its bearer") {
    arm.transport.answer(kPut, {401, ""});
    CHECK(arm.plane->create_token("ci-main", "app-pull").error().code() == ErrorCode::login);
    CHECK(arm.identity.logins == 2);
  }
  SECTION("in doubt") {
    arm.transport.answer(kPut, {503, ""});
    CHECK(arm.plane->create_token("ci-main", "app-pull").error().code() == ErrorCode::ambiguous);
  }
  CHECK(arm.transport.lines() == kGet + "; " + kPut);
}

TEST_CASE("a scope map is created with its description and actions", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kMap, absent());
  arm.transport.answer("PUT " + kMap, {200, scope_map_body("app-pull")});
  const auto map = arm.plane->create_scope_map(
      "app-pull", "says \"pull\"", {"repositories/app/content/read", "repositories/app/metadata/read"});
  REQUIRE(map);
  CHECK(map->name == "app-pull");
  CHECK(map->actions == std::vector<std::string>{"repositories/app/content/read"});  // as ARM says
  CHECK(arm.transport.sent()[1].body ==
        R"({"properties":{"description":"says \"pull\"","actions":["repositories/app/content/read",)"
        R"("repositories/app/metadata/read"]}})");
}

TEST_CASE("a scope map that ARM answers strangely is in doubt", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kMap, absent());
  arm.transport.answer("PUT " + kMap, {200, R"({"name":"app-pull","properties":{"actions":7}})"});
  CHECK(outcome(arm.plane->create_scope_map("app-pull", "", {})) ==
        "ambiguous: create scope map 'app-pull' may or may not have been done: the answer: 'properties': "
        "'actions' is a number, expected a list");
}

}  // namespace
}  // namespace scoped::registry
