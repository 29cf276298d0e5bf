// Not tested here: how bodies are read (acr_parse_test.cpp), writes (acr_generate_test.cpp,
// acr_create_test.cpp).
#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

#include <thread>

namespace scoped::registry {
namespace {

using namespace scoped::test;

const std::string kToken = arm_url("tokens/ci-main");
const std::string kTokens = arm_url("tokens");

TEST_CASE("a token is asked for with the bearer, the version and the authorities of ARM", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kToken, {200, token_body("ci-main")});
  const auto token = arm.plane->get_token("ci-main");
  REQUIRE(token);
  CHECK(token->name == "ci-main");
  CHECK(token->scope_map == "app-pull");
  const auto sent = arm.transport.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].line() ==
        "GET https://management.azure.com/subscriptions/8a5c/resourceGroups/rg-1/providers/"
        "Microsoft.ContainerRegistry/registries/myRegistry/tokens/ci-main?api-version=2023-07-01");
  CHECK(sent[0].headers ==
        std::vector<net::Header>{{"Accept", "application/json"}, {"Authorization", "Bearer bearer-1"}});
  CHECK(sent[0].ca_file == "/ca/arm.pem");
  CHECK(sent[0].body.empty());
  CHECK_FALSE(sent[0].once);
}

TEST_CASE("a scope map is asked for by its name", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + arm_url("scopeMaps/app-pull"), {200, scope_map_body("app-pull")});
  const auto map = arm.plane->get_scope_map("app-pull");
  REQUIRE(map);
  CHECK(map->actions == std::vector<std::string>{"repositories/app/content/read"});
}

TEST_CASE("a name that could leave its place is never sent", "[registry]") {
  Arm arm;
  for (const char* name : {"", "..", "a/b", "a?b"}) {
    CHECK(arm.plane->get_token(name).error().code() == ErrorCode::invalid_input);
    CHECK(arm.plane->get_scope_map(name).error().code() == ErrorCode::invalid_input);
  }
  CHECK(arm.transport.lines().empty());
}

TEST_CASE("every page of a list is followed to its end", "[registry]") {
  Arm arm;
  const std::string second = kTokens + "&%24skiptoken=2", third = kTokens + "&%24skiptoken=3";
  arm.transport.answer("GET " + kTokens,
                       {200, R"({"value":[)" + token_body("first") + "," + token_body("other") +
                                 R"(],"nextLink":")" + second + "\"}"});
  arm.transport.answer("GET " + second, {200, R"({"value":[],"nextLink":")" + third + "\"}"});
  arm.transport.answer("GET " + third, {200, R"({"value":[)" + token_body("last") + "]}"});
  const auto tokens = arm.plane->list_tokens();
  REQUIRE(tokens);
  std::string names;
  for (const TokenState& each : *tokens) names += each.name + " ";
  CHECK(names == "first other last ");
  CHECK(arm.transport.lines() == "GET " + kTokens + "; GET " + second + "; GET " + third);
}

TEST_CASE("an empty list is a list", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + arm_url("scopeMaps"), {200, R"({"value":[]})"});
  CHECK(arm.plane->list_scope_maps().value().empty());
}

TEST_CASE("a page that points elsewhere or back ends the list with an error", "[registry]") {
  struct Row {
    std::string next, expected;
  };
  const std::string outside =
      "corrupt: list the tokens of 'myRegistry': the control plane points to an address outside "
      "'https://management.azure.com', which is not followed: check 'endpoint'";
  const Row row = GENERATE_COPY(
      Row{kTokens, "corrupt: list the tokens of 'myRegistry': the pages go round in a circle"},
      Row{"https://evil.example/tokens?page=2", outside},
      Row{"http://management.azure.com/tokens?page=2", outside},
      Row{"https://management.azure.com:8443/tokens", outside},
      Row{"https://management.azure.com@evil.example/", outside}, Row{"//evil.example/x", outside},
      Row{"tokens?page=2", outside}, Row{"ftp://management.azure.com/", outside});
  INFO(row.next);
  Arm arm;
  arm.transport.answer("GET " + kTokens, {200, R"({"value":[],"nextLink":")" + row.next + "\"}"});
  CHECK(outcome(arm.plane->list_tokens()) == row.expected);
  CHECK(arm.transport.sent().size() == 1);
}

TEST_CASE("a next link may be a path on the same host", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kTokens, {200, R"({"value":[],"nextLink":"/more?page=2"})"});
  arm.transport.answer("GET https://management.azure.com/more?page=2", {200, R"({"value":[]})"});
  CHECK(arm.plane->list_tokens());
}

TEST_CASE("a list that does not end is given up", "[registry]") {
  Arm arm;
  int pages = 0;
  SECTION("because of its pages") {
    arm.transport.handle([&](const SentRequest&) -> Result<Answer> {
      return Answer{200, R"({"value":[],"nextLink":"/page/)" + std::to_string(++pages) + "\"}"};
    });
    CHECK(outcome(arm.plane->list_tokens()) ==
          "corrupt: list the tokens of 'myRegistry': the list does not end");
    CHECK(pages == 2'000);
  }
  SECTION("because of its elements") {
    std::string many;
    for (int i = 0; i < 10'000; ++i)
      many += std::string(i == 0 ? "" : ",") + R"({"name":"t","properties":{}})";
    arm.transport.handle([&](const SentRequest&) -> Result<Answer> {
      return Answer{200,
                    R"({"value":[)" + many + R"(],"nextLink":"/page/)" + std::to_string(++pages) + "\"}"};
    });
    CHECK(outcome(arm.plane->list_tokens()) ==
          "corrupt: list the tokens of 'myRegistry': the list does not end");
    CHECK(pages <= 16);  // some are fetched ahead
  }
}

TEST_CASE("a refused bearer is replaced once, a second refusal is told", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kToken, {401, arm_error("ExpiredAuthenticationToken")});
  SECTION("the new one is good") {
    arm.transport.answer("GET " + kToken, {200, token_body("ci-main")});
    CHECK(arm.plane->get_token("ci-main"));
    CHECK(arm.identity.logins == 2);
  }
  SECTION("the new one is refused, too") {
    CHECK(outcome(arm.plane->get_token("ci-main")) ==
          "login: read token 'ci-main': the control plane answered 401 (ExpiredAuthenticationToken): the "
          "identity 'rotator' was refused: check its credentials, its tenant and this machine's clock");
    CHECK(arm.identity.logins == 3);
  }
  REQUIRE(arm.transport.sent().size() == 2);
  CHECK(arm.transport.sent()[0].header("Authorization") == "Bearer bearer-1");
  CHECK(arm.transport.sent()[1].header("Authorization") == "Bearer bearer-2");
}

TEST_CASE("what an identity that cannot log in says stands behind what was tried", "[registry]") {
  Arm arm;
  arm.identity.broken = true;
  CHECK(outcome(arm.plane->get_token("ci-main")) ==
        "unavailable: read token 'ci-main': the authority does not answer");
  CHECK(arm.transport.lines().empty());
}

TEST_CASE("each answer to a read is one line that says what to do", "[registry]") {
  struct Row {
    int status;
    std::string body, retry_after, expected;
    size_t requests;
  };
  const std::string later = "the control plane answered ";
  const Row row = GENERATE_COPY(
      Row{400, arm_error("InvalidApiVersionParameter"), "",
          "invalid_input: read token 'ci-main': the control plane answered 400 (InvalidApiVersionParameter): "
          "it "
          "does not accept the request: check names and 'api_version'",
          1},
      Row{403, arm_error("AuthorizationFailed"), "",
          "denied: read token 'ci-main': the control plane answered 403 (AuthorizationFailed): the identity "
          "'rotator' may not do this: ask an administrator for a role on the registry with "
          "Microsoft.ContainerRegistry/registries/generateCredentials/action, "
          "Microsoft.ContainerRegistry/registries/tokens/* and "
          "Microsoft.ContainerRegistry/registries/scopeMaps/*",
          1},
      Row{404, arm_error("ResourceNotFound"), "",
          "not_found: read token 'ci-main': the control plane answered 404 (ResourceNotFound): there is no "
          "token 'ci-main' in registry 'myRegistry', or 'resource_id' is wrong",
          1},
      Row{404, "<html>nginx</html>", "",
          "unavailable: read token 'ci-main': the control plane answered 404: this 404 is not the control "
          "plane's own: check 'endpoint' and what stands between",
          1},
      Row{409, arm_error("OperationInProgress"), "",
          "conflict: read token 'ci-main': the control plane answered 409 (OperationInProgress): somebody "
          "else "
          "is changing it: try again",
          1},
      Row{429, arm_error("TooManyRequests"), "",
          "unavailable: read token 'ci-main': the control plane answered 429 (TooManyRequests): too many "
          "requests: try again later",
          3},
      Row{429, "", "90",
          "unavailable: read token 'ci-main': the control plane answered 429: too many requests: try again "
          "in "
          "90s",
          1},
      Row{500, arm_error("InternalServerError"), "",
          "unavailable: read token 'ci-main': the control plane answered 500 (InternalServerError): it is in "
          "trouble: try again later",
          3},
      Row{503, "", "1",
          "unavailable: read token 'ci-main': the control plane answered 503: it is in trouble: try again in "
          "1s",
          3},
      Row{302, "", "",
          "unavailable: read token 'ci-main': the control plane answered 302: an answer that it should not "
          "give: "
          "check 'endpoint' and what stands between",
          1},
      Row{204, "", "",
          "unavailable: read token 'ci-main': the control plane answered 204: an answer that it should not "
          "give: "
          "check 'endpoint' and what stands between",
          1},
      Row{200, "", "", "unavailable: read token 'ci-main': the answer is empty", 1},
      Row{200, "{}", "", "corrupt: read token 'ci-main': the answer: 'name' is missing", 1});
  INFO(row.status << " " << row.body);
  Arm arm;
  Answer answer{row.status, row.body};
  if (!row.retry_after.empty()) answer.headers.emplace_back("Retry-After", row.retry_after);
  arm.transport.answer("GET " + kToken, answer);
  const auto token = arm.plane->get_token("ci-main");
  CHECK(outcome(token) == row.expected);
  CHECK(arm.transport.sent().size() == row.requests);
  CHECK(token.error().http_status() == (row.status == 200 ? 0 : row.status));
  CHECK(token.error().retry_after().has_value() == !row.retry_after.empty());
}

TEST_CASE("a page of something in between is no list of tokens", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kTokens, {200, "<html>sign in to the guest network</html>"});
  const auto tokens = arm.plane->list_tokens();
  REQUIRE_FALSE(tokens);
  CHECK(tokens.error().code() == ErrorCode::unavailable);
  CHECK(tokens.error().line().find("guest") == std::string::npos);
}

TEST_CASE("a read is tried again and is never ambiguous", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kToken, {200, token_body("ci-main")});
  SECTION("the second try comes through") {
    arm.transport.lose_answers = 1;
    CHECK(arm.plane->get_token("ci-main"));
  }
  SECTION("no answer at all") {
    arm.transport.lose_answers = 99;
    const auto token = arm.plane->get_token("ci-main");
    REQUIRE_FALSE(token);
    CHECK(token.error().code() == ErrorCode::unavailable);
    CHECK(token.error().line().rfind("read token 'ci-main': GET https://", 0) == 0);
  }
  SECTION("stopped between two tries") {
    arm.transport.fail_before_sending = 99;
    arm.stop_at = 0;
    CHECK(arm.plane->get_token("ci-main").error().code() == ErrorCode::cancelled);
  }
}

TEST_CASE("every answer tells something about ARM's clock, also one that refuses", "[registry]") {
  Arm arm;
  CHECK_FALSE(arm.plane->server_time().at(arm.clock.boot_now()));
  arm.transport.server_ahead = std::chrono::minutes(3);
  const int status = GENERATE(200, 403, 404, 503);
  arm.transport.answer("GET " + kToken, {status, ""});
  (void)arm.plane->get_token("ci-main");
  const auto time = arm.plane->server_time().at(arm.clock.boot_now());
  REQUIRE(time);
  CHECK(time->earliest <= arm.clock.now() + std::chrono::minutes(3));
  CHECK(time->latest >= arm.clock.now() + std::chrono::minutes(3));
  CHECK(time->latest - time->earliest <= std::chrono::seconds(1));
}

TEST_CASE("one control plane serves several threads", "[registry]") {
  Arm arm;
  arm.transport.answer("GET " + kToken, {401, ""});
  arm.transport.answer("GET " + kToken, {200, token_body("ci-main")});
  arm.transport.answer("GET " + kTokens, {200, R"({"value":[)" + token_body("ci-main") + "]}"});
  std::atomic<int> read{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      for (int turn = 0; turn < 20; ++turn) {
        read += arm.plane->get_token("ci-main").has_value() ? 1 : 0;
        read += arm.plane->list_tokens().has_value() ? 1 : 0;
        read += arm.plane->server_time().at(arm.clock.boot_now()).has_value() ? 1 : 0;
      }
    });
  for (std::thread& each : workers) each.join();
  CHECK(read == 4 * 20 * 3);
}

}  // namespace
}  // namespace scoped::registry
