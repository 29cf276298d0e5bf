// Whole documents: what is kept of a good one and everything that is said about a bad one. Not tested here:
// names that refer to something (references_test), numbers of the rotation (rotation_test).
#include "tests/support/catch.h"
#include "tests/unit/config/scene.h"

using namespace scoped;
using namespace scoped::config;
using namespace scoped::config::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kExample = R"({ // comments are welcome
  "registries": { "MyRegistry.azurecr.io:443": {
      "store": "corp", "default_token": "production-pull-token", "endpoints": [ "https://eu.MyRegistry.azurecr.io" ],
      "ca_file": "/etc/ssl/corp.pem",
      "control": { "type": "acr", "resource_id": "/subscriptions/1", "identity": "rotator" },
      "rotation": { "lifetime": "90d", "rotate_at": "66%", "offline": "7d", "hold": "8h", "settle": "10m", "retire": "expire" },
      "scope_maps": { "cicd-scope": { "description": "what CI does", "repositories": {
          "myapp/api": [ "content/read", "content/write", "metadata/read" ], "team/*": [ "content/read" ] } } },
      "tokens": { "production-pull-token": { "scope_map": "production-pull-scope" },
                  "cicd-token": { "scope_map": "cicd-scope", "allow": { "groups": [ "ci" ] }, "rotation": { "lifetime": "30d" } },
                  "other-token": { "repositories": [ "a/b" ], "allow": {} } } } },
  "profiles":   { "cicd": { "myregistry.azurecr.io": "cicd-token" } },
  "stores":     { "corp": { "type": "sealed_file", "path": "/srv/records/", "key": "file:/etc/scoped/key" } },
  "identities": { "rotator": { "type": "managed_identity" } },
  "agent":      { "duties": [ "broker", "watch", "rotate" ],
                  "metrics": { "listen": "127.0.0.1:9095" },
                  "listeners": { "host": { "type": "host" }, "ci": { "type": "container", "token": "myregistry.azurecr.io/cicd-token" } } },
  "copies":     { "revalidate_agent": "2s", /* and */ "store_wait": "250ms",
                  "seal_local": true }
})";

}  // namespace

TEST_CASE("the example of the design is understood", "[config]") {
  const Config config = parsed(kExample);
  REQUIRE(config.registries.size() == 1);
  const Registry& registry = config.registries.at("myregistry.azurecr.io");
  CHECK(registry.host == "myregistry.azurecr.io");
  CHECK(registry.store == "corp");
  CHECK(registry.default_token == "production-pull-token");
  CHECK(registry.ca_file == "/etc/ssl/corp.pem");
  CHECK(registry.endpoints == std::vector<std::string>{"eu.myregistry.azurecr.io"});
  CHECK(registry.origin.line == 2);
  REQUIRE(registry.control);
  CHECK(registry.control->type == "acr");
  CHECK(registry.control->text("endpoint") == "https://management.azure.com");
  CHECK(registry.control->text("identity") == "rotator");
  const ScopeMap& scope_map = registry.scope_maps.at("cicd-scope");
  CHECK(scope_map.description == "what CI does");
  CHECK(scope_map.repositories.at("team/*") == std::vector<std::string>{"content/read"});
  CHECK(config.profiles.at("cicd").at("myregistry.azurecr.io") == "cicd-token");
  CHECK(config.stores.at("corp").text("path") == "/srv/records");
  CHECK(config.stores.at("corp").secret("key").name == "/etc/scoped/key");
  CHECK(config.files == std::vector<std::string>{"c"});
}

TEST_CASE("tokens keep who may use them and for what", "[config]") {
  const auto tokens = parsed(kExample).registries.at("myregistry.azurecr.io").tokens;
  CHECK(tokens.at("cicd-token").allow_groups == std::set<std::string>{"ci"});
  CHECK(tokens.at("cicd-token").rotation.lifetime == 24h * 30);
  CHECK(tokens.at("other-token").allow_given);
  CHECK(tokens.at("other-token").allow_users.empty());
  CHECK(tokens.at("other-token").repositories == std::vector<std::string>{"a/b"});
  CHECK_FALSE(tokens.at("production-pull-token").allow_given);
  CHECK(tokens.at("production-pull-token").scope_map == "production-pull-scope");
}

TEST_CASE("agent and copies are kept, with defaults where nothing is said", "[config]") {
  const Config config = parsed(kExample);
  CHECK(config.agent.duties == std::set<std::string>{"broker", "rotate", "watch"});
  CHECK(config.agent.metrics.value().port == 9095);
  CHECK(config.agent.listeners.at("host").text("group") == "docker");
  CHECK(config.agent.listeners.at("ci").text("token") == "myregistry.azurecr.io/cicd-token");
  CHECK(config.copies.revalidate_agent == 2s);
  CHECK(config.copies.revalidate_sealed == 5min);
  CHECK(config.copies.store_wait == 250ms);
  CHECK(config.copies.seal_local);
  const Config nothing = parsed("{}");
  CHECK(nothing.agent.duties == std::set<std::string>{"broker", "watch"});
  CHECK_FALSE(nothing.agent.metrics);
  CHECK(nothing.copies.revalidate_agent == 60s);
  CHECK(nothing.copies.store_wait == 500ms);
  CHECK_FALSE(nothing.copies.seal_local);
  CHECK(nothing.registries.empty());
}

TEST_CASE("the smallest configuration that serves a token", "[config]") {
  const Config config = parsed(R"({"registries":{"HOST":{"default_token":"token","tokens":{"token":{}}}}})");
  const Registry& registry = config.registries.at("host");
  CHECK(registry.store == "default");
  CHECK(registry.default_token == "token");
  CHECK_FALSE(registry.control);
  CHECK(registry.rotation.hold == 8h);
}

TEST_CASE("everything wrong in a file is said at once, by line", "[config]") {
  CHECK(
      problems(R"({
  "registries": { "r.azurecr.io": {
    "defualt_token": "alpha",
    "store": "nowhere",
    "rotation": { "hold": 4, "retire": "burn" },
    "tokens": { "alpha": { "scope_map": 7 }, "1x": {} },
    "scope_maps": { "maps!": { "repositories": { "a*": [ "content/read", "content/eat" ] } } }
  } },
  "stores": { "corp": { "type": "sealed_file", "path": "records", "key": "hunter2" } },
  "publisher": {}
})") ==
      "c:3: unknown key 'defualt_token': did you mean 'default_token'?\n"
      "c:4: store 'nowhere' is not defined: known are 'corp'\n"
      "c:5: 'hold' is a number, expected a duration such as \"8h\"\n"
      "c:5: 'retire' is 'burn', expected one of 'expire', 'overwrite', 'delete'\n"
      "c:6: 'scope_map' is a number, expected a text\n"
      "c:6: '1x' is not a token's name: 5 to 50 letters, digits and '-', not a digit first\n"
      "c:7: 'maps!' is not a scope map's name: 5 to 50 letters, digits, '-' and '_'\n"
      "c:7: 'a*': a wildcard is '*' alone or one '/*' at the end\n"
      "c:7: 'content/eat' is not an action: use content/read, content/write, content/delete, metadata/read, "
      "metadata/write\n"
      "c:9: 'path' is 'records', expected an absolute path\n"
      "c:9: 'key' is a bare value: put it into a private file and write \"file:/PATH\", or "
      "\"credential:NAME\" "
      "or \"env:NAME\"\n"
      "c:10: unknown key 'publisher': did you mean 'publishers'?\n");
}

TEST_CASE("what later versions know is unknown to this one", "[config]") {
  CHECK(problems(R"({"audit": {}})").starts_with("c:1: unknown key 'audit'"));
  CHECK(problems(R"({"stores": {"corp": {"type": "vault"}}})") ==
        "c:1: 'vault' is not a type of store: known are 'sealed_file'\n");
  CHECK(problems(R"({"stores": {"corp": {"type": "sealed_fiel"}}})") ==
        "c:1: 'sealed_fiel' is not a type of store: did you mean 'sealed_file'?\n");
}

TEST_CASE("an object of a type has its type and what the type requires", "[config]") {
  CHECK(problems(R"({"stores": {"corp": {"path": "/x"}}})") == "c:1: store 'corp' has no 'type'\n");
  CHECK(problems(R"({"stores": {"corp": {"type": 7}}})") == "c:1: 'type' is a number, expected a text\n");
  CHECK(problems("{\"stores\": {\n\"corp\": {\"type\": \"sealed_file\", \"path\": \"/x\"}}}") ==
        "c:2: 'key' is missing: Key file.\n");
  CHECK(problems(R"({"stores": {"no good": {"type": "sealed_file", "path": "/x", "key": "file:/k"}}})")
            .starts_with("c:1: 'no good' is not a name"));
}

TEST_CASE("parts of a wrong type are named with the type that they should have", "[config]") {
  struct Row {
    const char* text;
    const char* said;
  };
  const Row rows[] = {
      {"[]", "c:1: the file is a list, expected an object\n"},
      {R"({"registries": []})", "c:1: 'registries' is a list, expected an object\n"},
      {R"({"registries": {"r": 1}})", "c:1: 'r' is a number, expected an object\n"},
      {R"({"registries": {"r": {"tokens": {"alpha": null}}}})", "c:1: 'alpha' is null, expected an object\n"},
      {R"({"registries": {"r": {"control": "acr"}}})", "c:1: 'control' is a text, expected an object\n"},
      {R"({"registries": {"r": {"scope_maps": {"scope": {"repositories": {"a": "content/read"}}}}}})",
       "c:1: 'a' is a text, expected a list of texts\n"},
      {R"({"registries": {"r": {"endpoints": ["e/x"]}}})", "c:1: 'e/x' is not a registry's host alone\n"},
      {R"({"registries": {"http://": {}}})", "c:1: 'http://' is not a registry host\n"},
      {R"({"registries": {"r/repository": {}}})", "c:1: 'r/repository' is not a registry's host alone\n"},
      {R"({"profiles": {"ci": {"r": 1}}})", "c:1: 'r' is a number, expected a text\n"},
      {R"({"agent": {"duties": ["rotat"]}})",
       "c:1: 'duties' has 'rotat' in its list: did you mean 'rotate'?\n"},
      {R"({"agent": {"metrics": {"listen": "localhost"}}})",
       "c:1: 'localhost' is not ADDRESS:PORT, as in 127.0.0.1:9095 or [::1]:9095\n"},
      {R"({"copies": {"store_wait": "16s"}})", "c:1: 'store_wait' is 16s, expected at most 15s\n"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(problems(row.text) == row.said);
  }
}

TEST_CASE("a file that is no JSON has one problem, with its line", "[config]") {
  CHECK(problems("{\n\"agent\": {},\n\"agent\": {}}") == "c:3: duplicate key 'agent'\n");
  CHECK(problems("").starts_with("c:1: "));
  CHECK(problems("{\n\n").starts_with("c:"));
}

TEST_CASE("no text of the file can make a problem longer than a line", "[config]") {
  const std::string said = problems("{\"evil\\nc:1: all is well\": 1}");
  CHECK(said.starts_with("c:1: unknown key 'evil?c:1: all is well'"));
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
  CHECK(problems("{\"" + std::string(5000, 'x') + "\": 1}").size() < 400);
}

TEST_CASE("a program that builds none of a kind takes such objects unread", "[config]") {
  Catalog small = catalog();
  small.controls.clear();
  small.listeners.clear();
  small.identities.clear();
  const Loaded loaded = parse_config(
      {{"c", R"({"registries": {"r": {"control": {"type": "later", "x": 1}, "rotation": {"lifetime": "2s"}}},
                "identities": {"host": {"type": "later", "y": []}}})"}},
      kNobody, small);
  REQUIRE(loaded.config);
  CHECK(loaded.config->registries.at("r").control->type == "later");
  CHECK(loaded.config->identities.at("host").type == "later");
}

TEST_CASE("without a catalog's checkers hosts are lower-cased and names are taken as they are", "[config]") {
  const Loaded loaded = parse_config({{"c", R"({"registries": {"HOST:5000": {}}})"}}, kNobody, Catalog());
  REQUIRE(loaded.config);
  CHECK(loaded.config->registries.contains("host:5000"));
}
