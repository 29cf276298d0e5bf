// ARM's endpoints without a socket. Not tested here: rules of the model (model*_test.cpp), asynchronous
// answers (arm_async_test.cpp).
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

TEST_CASE("a request without a bearer is refused with a challenge", "[emulator]") {
  World w;
  w.bearer.clear();
  const Answer answer = w.arm("GET", "/tokens");
  CHECK(answer.status == 401);
  CHECK(code_of(answer) == "AuthenticationFailed");
  CHECK_THAT(header(answer, "WWW-Authenticate"), Contains("Bearer authorization_uri=\"https://localhost:1/" +
                                                          w.site.model.facts().tenant + "\""));
}

TEST_CASE("a bearer is refused from its end on", "[emulator]") {
  World w;
  w.clock.advance(Seconds(60) - Ticks(1));
  CHECK(w.arm("GET", "/tokens").status == 200);
  w.clock.advance(Ticks(1));
  const Answer answer = w.arm("GET", "/tokens");
  CHECK(answer.status == 401);
  CHECK(code_of(answer) == "ExpiredAuthenticationToken");
}

TEST_CASE("a bearer for something else is refused", "[emulator]") {
  World w;
  w.bearer = w.fresh_bearer("https://vault.azure.net");
  CHECK(code_of(w.arm("GET", "/tokens")) == "InvalidAuthenticationTokenAudience");
}

TEST_CASE("the api-version is required and checked by its grammar", "[emulator]") {
  World w;
  const std::string path = w.site.model.registry_id() + "/tokens";
  CHECK(code_of(w.control("GET", path)) == "MissingApiVersionParameter");
  CHECK(code_of(w.control("GET", path + "?api-version=latest")) == "InvalidApiVersionParameter");
  CHECK(w.control("GET", path + "?api-version=2099-01-01-preview").status == 200);
}

TEST_CASE("paths are compared without regard to case, and unknown ones say what is missing", "[emulator]") {
  World w;
  const Facts& facts = w.site.model.facts();
  const std::string version = "?api-version=2023-07-01";
  const auto path = [&](const std::string& subscription, const std::string& group,
                        const std::string& registry) {
    return "/SUBSCRIPTIONS/" + subscription + "/resourcegroups/" + group +
           "/Providers/microsoft.containerregistry/Registries/" + registry + version;
  };
  CHECK(w.control("GET", path(facts.subscription, "SCOPED-LAB", "MyRegistry")).status == 200);
  CHECK(code_of(w.control("GET", path("other", "scoped-lab", "myregistry"))) == "SubscriptionNotFound");
  CHECK(code_of(w.control("GET", path(facts.subscription, "other", "myregistry"))) ==
        "ResourceGroupNotFound");
  const Answer missing = w.control("GET", path(facts.subscription, "scoped-lab", "other"));
  CHECK(missing.status == 404);
  CHECK(
      missing.body ==
      R"({"error":{"code":"ResourceNotFound","message":"The resource other could not be found."},"status":"Failed"})");
  CHECK(w.control("GET", "/elsewhere").status == 404);
  CHECK(w.arm("DELETE", "").status == 405);
}

TEST_CASE("the registry shows its login server", "[emulator]") {
  World w;
  const Answer answer = w.arm("GET", "");
  CHECK(answer.status == 200);
  CHECK(text_at(answer, {"properties", "loginServer"}) == "localhost:2");
  CHECK(text_at(answer, {"sku", "name"}) == "Premium");
}

TEST_CASE("a scope map is shown as the real service shows it", "[emulator]") {
  World w;
  const Answer answer =
      w.arm("PUT", "/scopeMaps/ci-scope",
            R"({"properties":{"description":"d","actions":["repositories/a/content/read"]}})");
  CHECK(answer.status == 200);
  CHECK(text_at(answer, {"type"}) == "Microsoft.ContainerRegistry/registries/scopeMaps");
  CHECK(text_at(answer, {"properties", "type"}) == "UserDefined");
  CHECK(text_at(answer, {"properties", "creationDate"}) == "2026-01-01T00:00:00.0000000+00:00");
  CHECK(text_at(answer, {"properties", "provisioningState"}) == "Succeeded");
  CHECK(w.arm("GET", "/scopeMaps/CI-scope").body == answer.body);
  CHECK(w.arm("DELETE", "/scopeMaps/ci-scope").status == 200);
  CHECK(w.arm("DELETE", "/scopeMaps/ci-scope").status == 204);
  CHECK(w.arm("GET", "/scopeMaps/ci-scope").status == 404);
}

TEST_CASE("a scope map is patched in part", "[emulator]") {
  World w;
  w.make_token();
  const Answer answer = w.arm("PATCH", "/scopeMaps/pullers", R"({"properties":{"description":"new"}})");
  CHECK(answer.status == 200);
  CHECK(text_at(answer, {"properties", "description"}) == "new");
  CHECK_THAT(answer.body, Contains("repositories/demo/app/content/read"));
  CHECK(w.arm("PATCH", "/scopeMaps/nowhere", R"({"properties":{}})").status == 404);
}

TEST_CASE("a token is created with 201 and replaced with 200", "[emulator]") {
  World w;
  w.make_token();
  CHECK(w.arm("PUT", "/tokens/node-blue", w.token_body()).status == 200);
  const Answer shown = w.arm("GET", "/tokens/node-blue");
  CHECK(text_at(shown, {"properties", "status"}) == "enabled");
  CHECK(text_at(shown, {"properties", "scopeMapId"}) == w.site.model.child_id("scopeMaps", "pullers"));
  CHECK_THAT(shown.body, Contains(R"("credentials":{"passwords":[]})"));
  CHECK(w.arm("DELETE", "/tokens/node-blue").status == 200);
  CHECK(w.arm("DELETE", "/tokens/node-blue").status == 204);
  CHECK(w.arm("GET", "/tokens/node-blue").status == 404);
}

TEST_CASE("a body that is wrong is answered with what is wrong", "[emulator]") {
  World w;
  w.make_token();
  struct Row {
    const char* method;
    const char* path;
    std::string body;
    const char* named;
  };
  for (const Row& row :
       {Row{"PUT", "/tokens/node-blue", "", "deserialized"},
        {"PUT", "/tokens/node-blue", "{", "deserialized"},
        {"PUT", "/tokens/node-blue", "{}", "properties"},
        {"PUT", "/tokens/node-blue", R"({"properties":{}})", "scopeMapId"},
        {"PUT", "/tokens/node-blue", w.token_body(R"(,"status":"on")"), "status"},
        {"PUT", "/tokens/node-blue",
         w.token_body(R"(,"credentials":{"passwords":[{"name":"password1","value":"x"}]})"), "generated"},
        {"PUT", "/tokens/node-blue", w.token_body(R"(,"credentials":{"certificates":[{}]})"), "certificates"},
        {"PATCH", "/tokens/node-blue", R"({"properties":{"credentials":{"passwords":[7]}}})", "passwords"},
        {"PUT", "/scopeMaps/pullers", R"({"properties":{"actions":[7]}})", "actions"},
        {"PUT", "/scopeMaps/pullers", R"({"properties":{"actions":"x"}})", "actions"},
        {"POST", "/generateCredentials", "{}", "tokenId"},
        {"POST", "/generateCredentials", R"({"tokenId":"x","expiry":"tomorrow"})", "expiry"}}) {
    INFO(row.path << " " << row.body);
    const Answer answer = w.arm(row.method, row.path, row.body);
    CHECK(answer.status == 400);
    CHECK_THAT(text_at(answer, {"error", "message"}), Contains(row.named));
  }
  CHECK(w.arm("GET", "/tokens/node-blue").status == 200);
}

TEST_CASE("generateCredentials lists both passwords, and only the new one has a value", "[emulator]") {
  World w;
  w.make_token();
  REQUIRE(w.generate().status == 200);
  w.clock.advance(Ticks(5));
  const Answer answer = w.generate(R"(,"name":"password2","expiry":"2026-06-01T00:00:00.7654321Z")");
  REQUIRE(answer.status == 200);
  CHECK(text_at(answer, {"username"}) == "node-blue");
  const json::Value body = parsed(answer);
  const json::Array& passwords = *body.at({"passwords"})->array();
  REQUIRE(passwords.size() == 2);
  CHECK(*passwords[0].at({"name"})->text() == "password1");
  CHECK(passwords[0].at({"value"}) == nullptr);
  CHECK(passwords[0].at({"expiry"}) == nullptr);
  CHECK(*passwords[1].at({"name"})->text() == "password2");
  CHECK(passwords[1].at({"value"})->text()->size() == 52);
  CHECK(*passwords[1].at({"expiry"})->text() == "2026-06-01T00:00:00.7654321+00:00");
  CHECK(*passwords[1].at({"creationTime"})->text() == "2026-01-01T00:00:00.0000005+00:00");
}

TEST_CASE("no other answer has a password's value", "[emulator]") {
  World w;
  w.make_token();
  const std::string value = w.password();
  for (const char* path : {"/tokens", "/tokens/node-blue"}) {
    const Answer answer = w.arm("GET", path);
    CHECK_THAT(answer.body, Contains("password1"));
    CHECK_THAT(answer.body, !Contains("value\":\""));
    CHECK_THAT(answer.body, !Contains(value));
  }
}

TEST_CASE("a put wipes the passwords and a keep-list removes one", "[emulator]") {
  World w;
  w.make_token();
  REQUIRE(w.generate().status == 200);
  const Answer kept = w.arm("PATCH", "/tokens/node-blue",
                            R"({"properties":{"credentials":{"passwords":[{"name":"password2"}]}}})");
  CHECK(kept.status == 200);
  CHECK_THAT(kept.body, Contains("password2") && !Contains("password1"));
  const Answer wiped = w.arm("PUT", "/tokens/node-blue", w.token_body());
  CHECK_THAT(wiped.body, !Contains("password2"));
}

TEST_CASE("lists have pages that lead to each other", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"page_size","size":2})");
  std::vector<std::string> names;
  std::string target = w.site.model.registry_id() + "/scopeMaps?api-version=2023-07-01";
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const Answer answer = w.control("GET", target);
    REQUIRE(answer.status == 200);
    const json::Value body = parsed(answer);
    for (const json::Value& each : *body.at({"value"})->array()) names.push_back(*each.at({"name"})->text());
    target = text_at(answer, {"nextLink"});
    if (!target.empty()) {
      REQUIRE(target.starts_with("https://localhost:1/"));
      target = target.substr(19);
    }
  }
  CHECK(names == std::vector<std::string>{"_repositories_admin", "_repositories_pull",
                                          "_repositories_pull_metadata_read", "_repositories_push",
                                          "_repositories_push_metadata_write"});
  CHECK(w.arm("GET", "/scopeMaps?%24skiptoken=!").status == 400);
}

TEST_CASE("a list without a second page has no nextLink", "[emulator]") {
  World w;
  w.make_token();
  CHECK(parsed(w.arm("GET", "/tokens")).at({"nextLink"}) == nullptr);
  w.arm_fault(R"({"fault":"page_size","size":1})");
  CHECK(parsed(w.arm("GET", "/tokens")).at({"nextLink"}) == nullptr);
}

TEST_CASE("a fault cuts an expiry to whole seconds or sets another", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"cut_expiry","times":1})");
  CHECK_THAT(w.generate(R"(,"name":"password1","expiry":"2026-06-01T00:00:00.7654321Z")").body,
             Contains("2026-06-01T00:00:00.0000000+00:00"));
  CHECK_THAT(w.arm("GET", "/tokens/node-blue").body, Contains("2026-06-01T00:00:00.0000000+00:00"));
  w.arm_fault(R"({"fault":"own_expiry","seconds":90,"times":1})");
  CHECK_THAT(w.generate(R"(,"name":"password1")").body, Contains("2026-01-01T00:01:30.0000000+00:00"));
}
