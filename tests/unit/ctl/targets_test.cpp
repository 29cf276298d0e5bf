// Not tested here: the grammar of hosts (tests/unit/record).
#include "agent/ctl/targets.h"

#include "agent/ctl/stores.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

const config::Config kOne = config_of({{"myregistry.azurecr.io", {"ci-main", "node-blue"}}});
const config::Config kThree = config_of({{"myregistry.azurecr.io", {"ci-main"}},
                                         {"other.azurecr.io", {"ci-main", "partner"}},
                                         {"other.example.org:5000", {}}});

std::string chosen(const config::Config& config, const std::optional<std::string>& asked) {
  const auto found = choose_registry(config, asked);
  return found ? (*found)->host : found.error().line();
}

std::string token(const config::Config& config, const std::string& asked) {
  const auto found = choose_token(config, asked);
  return found ? found->display() : found.error().line();
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::string> names(const Result<std::vector<config::Typed>>& stores) {
  std::vector<std::string> names;
  REQUIRE(stores);
  for (const config::Typed& each : *stores) names.push_back(each.name);
  return names;
}

config::Typed store_at(const std::string& name, bool system) {
  return {name, "sealed_file", {"config.json", 1, system}, {{"path", "/p"}}};
}

}  // namespace

TEST_CASE("a registry is meant by its host, by the host's first word, or by being the only one", "[ctl]") {
  CHECK(chosen(kOne, std::nullopt) == "myregistry.azurecr.io");
  CHECK(chosen(kOne, "myRegistry") == "myregistry.azurecr.io");
  CHECK(chosen(config_of({{"localhost:41345", {}}}), "localhost") == "localhost:41345");
  CHECK(chosen(kThree, "https://myregistry.azurecr.io/") == "myregistry.azurecr.io");
  CHECK(chosen(kThree, "other.example.org:5000") == "other.example.org:5000");
}

TEST_CASE("a registry that is not clear is told with those that are known", "[ctl]") {
  CHECK(chosen(kThree, std::nullopt) ==
        "say which registry with '--registry': 'myregistry.azurecr.io', 'other.azurecr.io', "
        "'other.example.org:5000'");
  CHECK(chosen(kThree, "other") == "registry 'other' may be 'other.azurecr.io', 'other.example.org:5000'");
  CHECK(
      chosen(kOne, "myregistri.azurecr.io") ==
      "registry 'myregistri.azurecr.io' is not in the configuration: did you mean 'myregistry.azurecr.io'?");
  CHECK(has(chosen(kOne, "elsewhere"), "known are 'myregistry.azurecr.io'"));
  CHECK(has(chosen(kOne, "no host!"), "registry 'no host!'"));
  CHECK(has(chosen({}, std::nullopt), "no registry is configured (no configuration file was found)"));
  CHECK(choose_registry({}, "x").error().code() == ErrorCode::configuration);
}

TEST_CASE("a token is HOST/TOKEN, or TOKEN where one registry only has it", "[ctl]") {
  CHECK(token(kThree, "other.azurecr.io/ci-main") == "other.azurecr.io/ci-main");
  CHECK(token(kThree, "myregistry/ci-main") == "myregistry.azurecr.io/ci-main");
  CHECK(token(kThree, "partner") == "other.azurecr.io/partner");
  CHECK(token(kThree, "ci-main") ==
        "token 'ci-main' is in 'myregistry.azurecr.io', 'other.azurecr.io': say HOST/TOKEN");
  CHECK(token(kThree, "partnr") ==
        "no registry of the configuration has a token 'partnr': did you mean 'partner'?");
  for (const char* wrong : {"", "/", "/x", "myregistry/"}) CHECK(has(token(kThree, wrong), "HOST/TOKEN"));
}

TEST_CASE("a token that is not in the configuration is refused with the object to put there", "[ctl]") {
  const config::Registry& registry = kOne.registries.begin()->second;
  CHECK(must_be_configured(registry, "ci-main", "x"));
  const auto refused = must_be_configured(registry, "stranger", "app-pull");
  CHECK(error_line(refused) ==
        "token 'stranger' is not in the configuration of 'myregistry.azurecr.io': add to that registry in "
        R"('/etc/scoped/config.json': {"tokens":{"stranger":{"scope_map":"app-pull"}}} and run it again)");
  CHECK(refused.error().code() == ErrorCode::configuration);
  CHECK(has(error_line(must_be_configured(registry, "ci-mian", "")), "did you mean 'ci-main'? else add"));
  CHECK(token_snippet("t", "") == R"({"tokens":{"t":{}}})");
}

TEST_CASE("init makes the stores of the configuration, and the default one where it is used", "[ctl]") {
  const FixedEnvironment user({{"HOME", "/home/USER"}}, 1000), root({}, 0);
  config::Config config;
  CHECK(names(stores_to_init(config, std::nullopt, user, false)) == std::vector<std::string>{"default"});
  config.stores["local"] = store_at("local", false);
  CHECK(names(stores_to_init(config, std::nullopt, user, false)) == std::vector<std::string>{"local"});
  CHECK(names(stores_to_init(config, "default", user, false)) == std::vector<std::string>{"default"});
  config.registries["h"];
  CHECK(names(stores_to_init(config, std::nullopt, user, false)) ==
        std::vector<std::string>{"default", "local"});
  CHECK(error_line(stores_to_init(config, "locl", user, false)) ==
        "the configuration has no store 'locl': did you mean 'local'?");
}

TEST_CASE("the system's stores are made by root", "[ctl]") {
  const FixedEnvironment user({{"HOME", "/home/USER"}}, 1000), root({}, 0);
  config::Config config;
  config.stores["local"] = store_at("local", true);
  CHECK(error_line(stores_to_init(config, std::nullopt, user, false)) ==
        "the stores are the system's: run 'sudo scopedctl init'");
  CHECK(names(stores_to_init(config, std::nullopt, root, true)) == std::vector<std::string>{"local"});
  config.stores["own"] = store_at("own", false);
  CHECK(names(stores_to_init(config, std::nullopt, user, false)) == std::vector<std::string>{"own"});
  CHECK(describe_store(config.stores["own"]) == "store 'own' (sealed_file, '/p')");
}
