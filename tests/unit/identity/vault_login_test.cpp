// Not tested here: a real vault (tests/integration/vault.py), the reading of secrets (unit/config).
#include "tests/unit/identity/vault_world.h"

using namespace scoped;
using namespace scoped::identity::test;

TEST_CASE("AppRole is one login with role and secret, at the vault of the store", "[identity][vault]") {
  World world;
  world.transport.answer(kLogin, {200, lease("t1", 3600)});
  CHECK(world.token() == "t1");
  CHECK(world.token() == "t1");
  REQUIRE(world.transport.lines() == kLogin);
  const scoped::test::SentRequest sent = world.transport.sent().at(0);
  CHECK(sent.body == R"({"role_id":"role-1","secret_id":"secret\"1"})");
  CHECK(sent.header("X-Vault-Namespace") == "team");
  CHECK(sent.header("X-Vault-Request") == "true");
  CHECK(sent.ca_file == "/etc/ca.pem");
}

TEST_CASE("a role that binds no secret sends none, and a login may be mounted elsewhere",
          "[identity][vault]") {
  World world;
  world.settings.values.erase("secret_id");
  world.settings.values["mount"] = std::string("team/hosts");
  world.transport.answer("POST https://vault:8200/v1/auth/team/hosts/login", {200, lease("t1", 3600)});
  CHECK(world.token() == "t1");
  CHECK(world.transport.sent().at(0).body == R"({"role_id":"role-1"})");
  for (const char* mount : {"", "../sys", "a//b"}) {
    world.settings.values["mount"] = std::string(mount);
    CHECK(world.make().error().code() == ErrorCode::configuration);
  }
}

TEST_CASE("a token is renewed when about two thirds of its life are over", "[identity][vault]") {
  World world;
  world.transport.answer(kLogin, {200, lease("t1", 3600)});
  world.transport.answer(kLogin, {503, R"({"errors":["Vault is sealed"]})"});
  CHECK(world.token() == "t1");
  world.clock.advance(seconds(2519));  // two thirds, and a third of what is left at the end: 10 to 20 %
  world.token();
  CHECK(world.transport.lines() == kLogin);
  world.clock.advance(seconds(122));
  SECTION("and serves on") {
    world.transport.answer(kRenew, {200, lease("t1", 3600)});
    CHECK(world.token() == "t1");
    CHECK(world.transport.lines() == kLogin + "; " + kRenew);
    CHECK(world.transport.sent().at(1).header("X-Vault-Token") == "t1");
    world.clock.advance(seconds(1201));  // beyond the first life
    CHECK(world.token() == "t1");
    CHECK(world.transport.sent().size() == 2);
  }
  SECTION("until its longest life is near: then it logs in anew") {
    world.transport.answer(kRenew, {200, lease("t1", 60)});
    world.transport.answer(kLogin, {200, lease("t2", 3600)});
    world.transport.forget();
    CHECK(world.token() == "t1");
    CHECK(world.transport.lines() == kRenew + "; " + kLogin);
    world.clock.advance(seconds(20));
    CHECK(world.token() == "t2");
  }
  SECTION("and serves until it ends where neither is to be had") {
    world.transport.answer(kRenew, {503, R"({"errors":["Vault is sealed"]})"});
    CHECK(world.token() == "t1");
    world.clock.advance(seconds(959));
    CHECK(world.token() == "unavailable: identity 'host': " + kLogin + ": the vault is sealed: unseal it");
  }
}

TEST_CASE("a token that was refused is replaced by a login", "[identity][vault]") {
  World world;
  world.transport.answer(kLogin, {200, lease("t1", 3600)});
  world.transport.answer(kLogin, {200, lease("t2", 3600)});
  CHECK(world.token() == "t1");
  world.made->refused();
  CHECK(world.token() == "t2");
}

TEST_CASE("a refused login is one line that tells what to do and quotes nothing", "[identity][vault]") {
  const std::string at = ": identity 'host': " + kLogin + ": ";
  CHECK(World().refusal(400, R"({"errors":["invalid role or secret ID secret"]})") ==
        "login" + at + "the vault refuses the login: check what it is given, and whether it has lapsed");
  CHECK(World().refusal(404, R"({"errors":["no handler for route"]})") ==
        "login" + at + "the vault has no such login: check the identity's mount and the namespace");
  CHECK(World().refusal(429, "") ==
        "unavailable" + at + "the vault's rate limit is reached: try again later");
  CHECK(World().refusal(502, "<html>") ==
        "unavailable" + at + "the vault does not work now: try again later");
  CHECK(World().refusal(200, R"({"auth":{"client_token":"","mfa_requirement":{"mfa_request_id":"1"}}})") ==
        "login" + at +
            "the vault asks for a second factor: set $BAO_MFA, or use an identity that logs in without one");
  for (const char* body :
       {"", "[]", "{}", R"({"auth":{}})", R"({"auth":{"client_token":"t","lease_duration":-1}})",
        R"({"auth":{"client_token":"a\nb","lease_duration":1}})",
        R"({"auth":{"client_token":7,"lease_duration":1}})"})
    CHECK(World().refusal(200, body).starts_with("unavailable" + at + "that is no answer of a vault: "));
}

TEST_CASE("a secret that is missing is said when the identity is made", "[identity][vault]") {
  World world;
  world.variables.erase("SECRET");
  CHECK(world.make().error().line().starts_with("identity 'host': 'secret_id': "));
  CHECK(world.transport.sent().empty());
}

TEST_CASE("a vault's identity is for a vault's store alone", "[identity][vault]") {
  World world;
  CHECK(world.make().value()->pin(seconds(1)).error().code() == ErrorCode::configuration);
  world.site.reset();
  CHECK(world.make().error().code() == ErrorCode::configuration);
}

TEST_CASE("a given token comes from its source, or from where the vault's own programs look",
          "[identity][vault]") {
  scoped::test::TemporaryFolder folder;
  World world("vault_token");
  CHECK(world.make().error().line() ==
        "identity 'host': there is no token of a vault: run 'bao login', or set 'token' or $BAO_TOKEN");
  REQUIRE(write_file_atomically(folder / ".vault-token", "from-file\n", 0600));
  world.variables["HOME"] = folder.path();
  CHECK(world.token() == "from-file");
  const auto token_with = [](const char* name, const char* value) {
    World other("vault_token");
    other.variables = {{"VAULT_TOKEN", "from-vault"}};
    other.variables[name] = value;
    return other.token();
  };
  CHECK(token_with("X", "") == "from-vault");
  CHECK(token_with("BAO_TOKEN", " from-bao\r\n") == "from-bao");
  World configured("vault_token");
  configured.settings.values["token"] = variable("ROLE");
  CHECK(configured.token() == "role-1");
  CHECK(configured.transport.sent().empty());
  World garbage("vault_token");
  garbage.variables = {{"BAO_TOKEN", "a b"}};
  CHECK(garbage.make().error().line() ==
        "identity 'host': $BAO_TOKEN: the token has characters that no token of a vault has");
  world.settings.origin.system = true;
  CHECK(world.make().error().code() == ErrorCode::configuration);
}

TEST_CASE("a token file that others may read is not believed", "[identity][vault]") {
  scoped::test::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / ".vault-token", "t", 0644));
  World world("vault_token");
  world.variables["HOME"] = folder.path();
  CHECK(world.make().error().code() == ErrorCode::denied);
}

TEST_CASE("the life of a given token is looked up once it is used for long, and renewed",
          "[identity][vault]") {
  World world("vault_token");
  world.variables = {{"BAO_TOKEN", "t1"}};
  CHECK(world.token() == "t1");
  world.clock.advance(seconds(61));
  world.transport.answer(kLookup, {200, R"({"data":{"ttl":300,"renewable":true}})"});
  CHECK(world.token() == "t1");
  CHECK(world.transport.lines() == kLookup);
  world.clock.advance(seconds(221));
  world.transport.answer(kRenew, {200, lease("t1", 300)});
  CHECK(world.token() == "t1");
  CHECK(world.transport.lines() == kLookup + "; " + kRenew);
  SECTION("one that does not end is let alone") {
    World root("vault_token");
    root.variables = {{"BAO_TOKEN", "root"}};
    root.transport.answer(kLookup, {200, R"({"data":{"ttl":0,"renewable":false}})"});
    root.token();
    root.clock.advance(seconds(61));
    root.token();
    root.clock.advance(std::chrono::hours(9999));
    CHECK(root.token() == "root");
    CHECK(root.transport.lines() == kLookup);
  }
}
