// Names and actions. Not tested here: that each operation of the model asks for them (model_test.cpp).
#include "tests/emulator/names.h"

#include "tests/support/catch.h"

#include <string>

using namespace scoped::emulator;

TEST_CASE("token names are 5 to 50 letters, digits and dashes that begin with no digit", "[emulator]") {
  for (const char* good : {"ci-main", "Token", "a----", "node-blue-2", "-dash"}) {
    INFO(good);
    CHECK(is_token_name(good));
  }
  for (const char* bad : {"", "abcd", "1token", "bad_name", "bad name", "bad.name", "na/me", "tök-en"}) {
    INFO(bad);
    CHECK_FALSE(is_token_name(bad));
  }
  CHECK(is_token_name(std::string(50, 'a')));
  CHECK_FALSE(is_token_name(std::string(51, 'a')));
}

TEST_CASE("scope map names also take the underscore and a digit at the start", "[emulator]") {
  CHECK(is_scope_map_name("_repositories_pull"));
  CHECK(is_scope_map_name("1-map"));
  CHECK_FALSE(is_scope_map_name("map!!"));
  CHECK_FALSE(is_scope_map_name("maps"));
}

TEST_CASE("registry names are letters and digits alone", "[emulator]") {
  CHECK(is_registry_name("myRegistry1"));
  CHECK_FALSE(is_registry_name("my-registry"));
  CHECK_FALSE(is_registry_name("reg"));
}

TEST_CASE("repositories follow the grammar of Distribution", "[emulator]") {
  for (const char* good : {"a", "demo/app", "a.b", "a_b", "a__b", "a---b", "library/hello-world", "0/1"}) {
    INFO(good);
    CHECK(is_repository(good));
  }
  for (const char* bad :
       {"", "/", "a/", "/a", "a//b", "A", "a..b", "a___b", "a._b", "-a", "a-", "a b", "a:b", "*"}) {
    INFO(bad);
    CHECK_FALSE(is_repository(bad));
  }
  CHECK(is_repository(std::string(255, 'a')));
  CHECK_FALSE(is_repository(std::string(256, 'a')));
}

TEST_CASE("an api-version is any date, with -preview or without", "[emulator]") {
  for (const char* good : {"2019-05-01-preview", "2022-12-01", "2031-01-31"}) CHECK(is_api_version(good));
  for (const char* bad :
       {"", "latest", "2022-12-1", "2022-12-01-beta", "2022-12-01-", "2022/12/01", "-preview"}) {
    INFO(bad);
    CHECK_FALSE(is_api_version(bad));
  }
}

TEST_CASE("host names are lower-case labels without a port", "[emulator]") {
  for (const char* good : {"localhost", "myregistry.azurecr.io", "a-1.b"}) CHECK(is_host_name(good));
  for (const char* bad : {"", "Host", "a..b", "-a", "a-", "host:443", "a b", "a/"}) {
    INFO(bad);
    CHECK_FALSE(is_host_name(bad));
  }
}

TEST_CASE("an action is a repository or a gateway and one of its operations", "[emulator]") {
  const auto action = parse_action("repositories/myapp/api/content/read");
  REQUIRE(action);
  CHECK(action->kind == Action::Kind::repository);
  CHECK(action->target == "myapp/api");
  CHECK(action->operation == "content/read");

  const auto gateway = parse_action("gateway/edge01/config/write");
  REQUIRE(gateway);
  CHECK(gateway->kind == Action::Kind::gateway);
  CHECK(gateway->target == "edge01");
}

TEST_CASE("a repository may be named like an operation", "[emulator]") {
  const auto action = parse_action("repositories/content/read/metadata/write");
  REQUIRE(action);
  CHECK(action->target == "content/read");
  CHECK(action->operation == "metadata/write");
}

TEST_CASE("a wildcard stands alone or as the last part", "[emulator]") {
  for (const char* good : {"repositories/*/content/read", "repositories/samples/*/content/read",
                           "repositories/a/b/*/metadata/write"}) {
    INFO(good);
    CHECK(parse_action(good));
  }
  for (const char* bad :
       {"repositories/sample/*/teamA/content/read", "repositories/sample/teamA*/content/read",
        "repositories/sample/teamA/*/projectB/*/content/read", "repositories/**/content/read",
        "repositories/*/*/content/read", "repositories//*/content/read"}) {
    INFO(bad);
    CHECK_FALSE(parse_action(bad));
  }
}

TEST_CASE("what is no action is refused", "[emulator]") {
  for (const char* bad :
       {"", "repositories", "repositories/content/read", "repositories//content/read",
        "repositories/a/content", "repositories/a/content/execute", "repositories/A/content/read",
        "repositories/a/contentread", "repositories/a/config/read", "gateway/a/content/read",
        "gateway/edge01/config/", "a/content/read", "Repositories/a/content/read",
        "repositories/a/content/read/", " repositories/a/content/read"}) {
    INFO(bad);
    CHECK_FALSE(parse_action(bad));
  }
}

TEST_CASE("a pattern covers what is below it and nothing beside it", "[emulator]") {
  CHECK(covers("*", "anything/at/all"));
  CHECK(covers("samples/*", "samples/app"));
  CHECK(covers("samples/*", "samples/team/app"));
  CHECK_FALSE(covers("samples/*", "samples"));
  CHECK_FALSE(covers("samples/*", "samples2/app"));
  CHECK(covers("samples/app", "samples/app"));
  CHECK_FALSE(covers("samples/app", "samples/app/more"));
}

TEST_CASE("Azure's names are compared without regard to case", "[emulator]") {
  CHECK(same_name("resourceGroups", "RESOURCEGROUPS"));
  CHECK_FALSE(same_name("tokens", "token"));
  CHECK(lower("AbC-9_É") == "abc-9_É");
}
