#include "tests/unit/identity/scene.h"

#include <filesystem>

using namespace scoped;
using namespace scoped::identity::test;

namespace {

const std::string kUrl = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";

struct WorkloadScene : Scene {
  std::string file = keep("token", "federated-1\n");

  WorkloadScene() : Scene("workload_identity") {
    variables = {{"AZURE_TENANT_ID", "contoso"},
                 {"AZURE_CLIENT_ID", "app-1"},
                 {"AZURE_FEDERATED_TOKEN_FILE", file},
                 {"AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"}};
    transport.answer("POST " + kUrl, {200, bearer_answer("b1")});
  }
};

}  // namespace

TEST_CASE("a workload proves itself with the token in its file", "[identity]") {
  WorkloadScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  REQUIRE(scene.transport.lines() == "POST " + kUrl);
  CHECK(scene.transport.sent().at(0).body ==
        "grant_type=client_credentials&client_id=app-1&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
        "client-assertion-type%3Ajwt-bearer&client_assertion=federated-1"
        "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");
}

TEST_CASE("the token's file is read at each login", "[identity]") {
  WorkloadScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  scene.keep("token", "federated-2");
  scene.made->refused();
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(field_of(scene.transport.sent().at(1), "client_assertion") == "federated-2");
  SECTION("and one that vanished is one line") {
    std::filesystem::remove(scene.file);
    scene.made->refused();
    CHECK(scene.authorize() == "not_found: identity 'host': token of the workload: open '" + scene.file +
                                   "': No such file or directory");
  }
  SECTION("as is one that is empty") {
    scene.keep("token", "\n");
    scene.made->refused();
    CHECK(scene.authorize() ==
          "invalid_input: identity 'host': token of the workload: '" + scene.file + "' is empty");
  }
}

TEST_CASE("the configuration counts before the variables", "[identity]") {
  WorkloadScene scene;
  scene.set_text("cloud", "us_government");
  scene.set_text("authority", "https://login.example.com");
  scene.set_text("tenant", "other");
  scene.set_text("client_id", "app-2");
  scene.set_text("token_file", scene.keep("other", "federated-9"));
  scene.transport.answer("POST https://login.example.com/other/oauth2/v2.0/token",
                         {200, bearer_answer("b9")});
  CHECK(scene.authorize() == "Bearer b9");
  const SentRequest sent = scene.transport.sent().at(0);
  CHECK(field_of(sent, "client_id") == "app-2");
  CHECK(field_of(sent, "client_assertion") == "federated-9");
  CHECK(field_of(sent, "scope") == "https://management.usgovcloudapi.net/.default");
}

TEST_CASE("what neither has is named with its variable", "[identity]") {
  const auto [setting, variable] =
      GENERATE(std::pair("tenant", "AZURE_TENANT_ID"), std::pair("client_id", "AZURE_CLIENT_ID"),
               std::pair("token_file", "AZURE_FEDERATED_TOKEN_FILE"));
  WorkloadScene scene;
  scene.variables.erase(variable);
  CHECK(scene.authorize() == "configuration: identity 'host': '" + std::string(setting) +
                                 "' is missing, and $" + variable +
                                 " is not set: is workload identity switched on for this pod?");
}

TEST_CASE("no secret goes to an authority without TLS", "[identity]") {
  WorkloadScene scene;
  scene.variables["AZURE_AUTHORITY_HOST"] =
      GENERATE("http://login.example.com", "login.example.com", "https://a/?b");
  CHECK(scene.authorize() ==
        "configuration: identity 'host': $AZURE_AUTHORITY_HOST is no address of Entra: https://...");
}
