#include "tests/unit/identity/scene.h"

#include <stdlib.h>

using namespace scoped;
using namespace scoped::identity::test;

namespace {

const std::string kUrl = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";
const std::string kMachine =
    "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
    "&resource=https%3A%2F%2Fmanagement.azure.com";

struct ChainScene : Scene {
  explicit ChainScene(const std::string& type = "entra_chain") : Scene(type) {
    // Without az on it, whatever this machine has.
    old_path = getenv("PATH");
    setenv("PATH", (folder / "bin").c_str(), 1);
  }
  ~ChainScene() { setenv("PATH", old_path.c_str(), 1); }
  std::string old_path;
};

}  // namespace

TEST_CASE("the variables name an application with its secret", "[identity]") {
  ChainScene scene("entra_environment");
  scene.variables = {
      {"AZURE_TENANT_ID", "contoso"}, {"AZURE_CLIENT_ID", "app-1"}, {"AZURE_CLIENT_SECRET", "s1"}};
  scene.transport.answer("POST " + kUrl, {200, bearer_answer("b1")});
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(field_of(scene.transport.sent().at(0), "client_secret") == "s1");
}

TEST_CASE("the variables name an authority", "[identity]") {
  ChainScene scene("entra_environment");
  scene.variables = {{"AZURE_TENANT_ID", "contoso"},
                     {"AZURE_CLIENT_ID", "app-1"},
                     {"AZURE_CLIENT_SECRET", "s1"},
                     {"AZURE_AUTHORITY_HOST", "https://login.example.com"}};
  scene.transport.answer("POST https://login.example.com/contoso/oauth2/v2.0/token",
                         {200, bearer_answer("b2")});
  CHECK(scene.authorize() == "Bearer b2");
}

TEST_CASE("variables that are missing are named", "[identity]") {
  ChainScene scene("entra_environment");
  CHECK(scene.authorize() == "configuration: identity 'host': $AZURE_TENANT_ID is not set");
  scene.variables["AZURE_TENANT_ID"] = "contoso";
  CHECK(scene.authorize() == "configuration: identity 'host': $AZURE_CLIENT_ID is not set");
  scene.variables["AZURE_CLIENT_ID"] = "app-1";
  CHECK(scene.authorize() ==
        "configuration: identity 'host': neither $AZURE_CLIENT_SECRET nor "
        "$AZURE_CLIENT_CERTIFICATE_PATH is set");
  scene.variables["AZURE_CLIENT_CERTIFICATE_PATH"] = scene.keep("none.pem", "hunter2");
  CHECK(scene.authorize().starts_with(
      "invalid_input: identity 'host': client certificate: neither PEM nor PFX"));
}

TEST_CASE("a chain takes the first that works, and stays with it", "[identity]") {
  ChainScene scene;
  scene.transport.answer(kMachine, {200, R"({"access_token":"m1","expires_in":"3600"})"});
  CHECK(scene.authorize() == "Bearer m1");
  scene.variables = {
      {"AZURE_TENANT_ID", "contoso"}, {"AZURE_CLIENT_ID", "app-1"}, {"AZURE_CLIENT_SECRET", "s1"}};
  CHECK(scene.authorize() == "Bearer m1");
  CHECK(scene.transport.lines() == kMachine);
  scene.made->refused();
  CHECK(scene.authorize() == "Bearer m1");
  CHECK(scene.transport.lines() == kMachine + "; " + kMachine);
}

TEST_CASE("a chain asks the environment before workload, host and person", "[identity]") {
  ChainScene scene;
  const std::string token = scene.keep("token", "federated");
  scene.variables = {{"AZURE_TENANT_ID", "contoso"},
                     {"AZURE_CLIENT_ID", "app-1"},
                     {"AZURE_CLIENT_SECRET", "s1"},
                     {"AZURE_FEDERATED_TOKEN_FILE", token}};
  scene.transport.answer("POST " + kUrl, {200, bearer_answer("b1")});
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(field_of(scene.transport.sent().at(0), "client_secret") == "s1");
  scene.variables.erase("AZURE_CLIENT_SECRET");
  scene.made.reset();
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(field_of(scene.transport.sent().at(1), "client_assertion") == "federated");
}

TEST_CASE("where nothing works the error lists what each one said", "[identity]") {
  ChainScene scene;
  scene.transport.fail_before_sending = 1;
  CHECK(
      scene.authorize() ==
      "unavailable: identity 'host': none of them works here: environment: $AZURE_TENANT_ID is not set; "
      "workload "
      "identity: 'tenant' is missing, and $AZURE_TENANT_ID is not set: is workload identity switched on for "
      "this "
      "pod?; managed identity: no managed identity here (is this a virtual machine of Azure, and its "
      "metadata "
      "service not blocked?): GET "
      "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
      "&resource=[redacted]: cannot connect; Azure CLI: the Azure CLI is not installed ('az' is not found)");
}

TEST_CASE("a refusal of one is not hidden by the others", "[identity]") {
  ChainScene scene;
  scene.variables = {{"AZURE_TENANT_ID", "contoso"},
                     {"AZURE_CLIENT_ID", "app-1"},
                     {"AZURE_CLIENT_SECRET", "s1"},
                     {"AZURE_TOKEN_CREDENTIALS", "prod"}};
  scene.transport.answer("POST " + kUrl, {401, refusal_of("invalid_client", "AADSTS7000222: expired")});
  scene.transport.answer(kMachine, {400, ""});
  const std::string said = scene.authorize();
  CAPTURE(said);
  CHECK(said.starts_with("login: identity 'host': none of them works here: environment: POST " + kUrl +
                         ": the client secret has expired"));
  CHECK(said.find("Azure CLI") == std::string::npos);
}

TEST_CASE("a developer's machine is asked for its login alone where that is wanted", "[identity]") {
  ChainScene scene;
  scene.variables = {{"AZURE_TOKEN_CREDENTIALS", "dev"}};
  CHECK(scene.authorize() ==
        "login: identity 'host': none of them works here: Azure CLI: the Azure CLI is not "
        "installed ('az' is not found)");
  CHECK(scene.transport.lines().empty());
  scene.variables = {{"AZURE_TOKEN_CREDENTIALS", "all"}};
  scene.made.reset();
  CHECK(scene.authorize() ==
        "configuration: identity 'host': $AZURE_TOKEN_CREDENTIALS is neither 'dev' nor 'prod'");
}
