// The Azure CLI as a script that a test writes. The real one is in tests/azure/identities.py.
#include "common/identity/entra_error.h"
#include "tests/unit/identity/scene.h"

using namespace scoped;
using namespace scoped::identity::test;

namespace {

struct CliScene : Scene {
  CliScene() : Scene("azure_cli") {
    play(R"(echo '{"accessToken":"b1","expires_on":1767232800,"tokenType":"Bearer"}')");
  }

  // az is a script that notes its arguments and does this.
  void play(const std::string& deed) {
    const std::string path =
        keep("az", "#!/bin/sh\nprintf '%s|' \"$@\" > '" + (folder / "said") + "'\n" + deed + "\n");
    REQUIRE(chmod(path.c_str(), 0700) == 0);
    set_text("program", path);
  }
  std::string arguments() { return scoped::test::slurp(folder / "said"); }
};

}  // namespace

TEST_CASE("the Azure CLI is asked for a token of the scope", "[identity]") {
  CliScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(scene.arguments() ==
        "account|get-access-token|--output|json|--scope|https://management.azure.com/.default|");
  CHECK(scene.transport.lines().empty());
  SECTION("of a tenant and a subscription where they are named") {
    scene.set_text("tenant", "contoso.com");
    scene.set_text("subscription", "My Subscription");
    scene.made.reset();
    CHECK(scene.authorize() == "Bearer b1");
    CHECK(scene.arguments().ends_with("|--tenant|contoso.com|--subscription|My Subscription|"));
  }
  SECTION("of what a store asks for") {
    scene.site = net::Site{.scope = kVaultScope};
    scene.made.reset();
    CHECK(scene.authorize() == "Bearer b1");
    CHECK(scene.arguments().ends_with("|--scope|https://vault.azure.net/.default|"));
  }
}

TEST_CASE("its token is kept until it is old", "[identity]") {
  CliScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  scene.play("exit 9");
  CHECK(scene.authorize() == "Bearer b1");
}

TEST_CASE("nothing is given to the Azure CLI that it takes for something else", "[identity]") {
  CliScene scene;
  scene.set_text(GENERATE("tenant", "subscription"), GENERATE("--help", "a;b", "$(x)", "a\nb", "a'b"));
  CHECK(scene.authorize().starts_with("configuration: identity 'host': what follows --"));
}

TEST_CASE("an Azure CLI that does not help says what to do", "[identity]") {
  CliScene scene;
  SECTION("nobody is logged in") {
    scene.play("echo 'ERROR: Please run az login to setup account.' >&2; exit 1");
    CHECK(scene.authorize() ==
          "login: identity 'host': nobody is logged in with the Azure CLI: run 'az login'");
  }
  SECTION("the login has expired") {
    scene.play("echo 'ERROR: AADSTS700082: The refresh token of hunter2 has expired. az login' >&2; exit 1");
    CHECK(scene.authorize() ==
          "login: identity 'host': Azure CLI: the login has expired: run 'az login' (AADSTS700082)");
  }
  SECTION("something else") {
    scene.play("echo hunter2 >&2; exit 3");
    CHECK(scene.authorize() ==
          "unavailable: identity 'host': 'az account get-access-token' ended with 3: run it to see why");
  }
  SECTION("no token") {
    scene.play("echo hunter2");
    CHECK(scene.authorize() ==
          "unavailable: identity 'host': 'az account get-access-token' did not print a token");
  }
  SECTION("it is not there") {
    scene.set_text("program", scene.folder / "nowhere");
    CHECK(scene.authorize() == "not_found: identity 'host': the Azure CLI is not installed ('" +
                                   (scene.folder / "nowhere") + "' is not found)");
  }
}
