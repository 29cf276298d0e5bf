// Not tested here: the steps on a real machine (tests/integration/setup.py, tests/packages).
#include "agent/ctl/commands.h"
#include "agent/ctl/setup/person.h"
#include "agent/ctl/setup/step.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using ctl::make_configuration;
using ctl::parse_options;

namespace {

ctl::Options options(std::vector<std::string> more) {
  std::vector<std::string> arguments{"myregistry.azurecr.io", "--token", "ci-main"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return parse_options(ctl::rows::setup, arguments).value();
}

const std::vector<std::string> kSecret{
    "--tenant", "T", "--client-id", "C", "--client-secret", "credential:client-secret"};
constexpr const char* kId =
    "/subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerRegistry/registries/myRegistry";

}  // namespace

TEST_CASE("the configuration that is written is one that is read", "[ctl]") {
  for (const std::string& host : {std::string("myregistry.azurecr.io"), std::string("localhost:5443"),
                                  std::string(60, 'x') + ".example"}) {
    INFO(host);
    const auto made = make_configuration({host, "ci-main"}, options(kSecret), kId);
    REQUIRE(made);
    const config::Loaded loaded =
        config::parse_config({{"/etc/scoped/config.d/x.json", json::dump_pretty(*made), true}},
                             FixedEnvironment(std::map<std::string, std::string>()), loop::catalog());
    for (const config::Problem& problem : loaded.problems) FAIL_CHECK(problem.display());
    REQUIRE(loaded.config);
    const config::Registry& registry = loaded.config->registries.at(host);
    CHECK(registry.default_token == "ci-main");
    CHECK(registry.tokens.contains("ci-main"));
    REQUIRE(registry.control);
    CHECK(registry.control->text("resource_id") == kId);
    CHECK(loaded.config->identities.contains(registry.control->text("identity")));
  }
}

TEST_CASE("whoever makes passwords is said by the name of an identity or by a whole new one", "[ctl]") {
  CHECK(make_configuration(test::kToken, options({"--identity", "rotator"}), kId));
  CHECK_FALSE(make_configuration(test::kToken, options({}), kId));
  CHECK_FALSE(make_configuration(test::kToken, options({"--client-id", "C"}), kId));
}

TEST_CASE("a secret itself is never in the configuration that is written", "[ctl]") {
  const auto made = make_configuration(test::kToken, options(kSecret), kId);
  REQUIRE(made);
  CHECK(json::dump(*made).find("credential:client-secret") != std::string::npos);
}

TEST_CASE("the steps have names of their own, since notes are kept by them", "[ctl]") {
  std::set<std::string_view> names;
  for (const ctl::Step& step : ctl::steps()) CHECK(names.insert(step.name).second);
}

TEST_CASE("configuration of a user is where XDG says, of the system in /etc", "[ctl]") {
  const FixedEnvironment home(std::map<std::string, std::string>{{"HOME", "/h"}});
  CHECK(ctl::configuration_folder(home, false) == "/h/.config/scoped");
  CHECK(ctl::configuration_folder(home, true) == "/etc/scoped");
}

TEST_CASE("with a keyring the configuration that is written keeps passwords there", "[ctl]") {
  std::vector<std::string> more = kSecret;
  more.emplace_back("--keyring");
  const auto made = make_configuration({"localhost:5443", "ci-main"}, options(more), kId);
  REQUIRE(made);
  const config::Loaded loaded =
      config::parse_config({{"/h/.config/scoped/config.d/x.json", json::dump_pretty(*made), false}},
                           FixedEnvironment(std::map<std::string, std::string>()), loop::catalog());
  for (const config::Problem& problem : loaded.problems) FAIL_CHECK(problem.display());
  REQUIRE(loaded.config);
  const std::string store = loaded.config->registries.at("localhost:5443").store;
  CHECK(loaded.config->stores.at(store).type == "secret_service");
}

TEST_CASE("root has a person behind it only where one called sudo", "[ctl]") {
  const auto caller = [](uid_t uid, const char* text) {
    std::map<std::string, std::string> values;
    if (text != nullptr) values["SUDO_UID"] = text;
    return ctl::caller_of_sudo(FixedEnvironment(values, uid));
  };
  CHECK(caller(0, "1000") == uid_t{1000});
  CHECK_FALSE(caller(0, nullptr));
  CHECK_FALSE(caller(0, "0"));
  CHECK_FALSE(caller(1000, "1000"));  // anybody may set a variable
  for (const char* text : {"", "-1", "1000x", "99999999999", " 1"}) CHECK_FALSE(caller(0, text));
}

TEST_CASE("a program is run as a person by sudo, with their home folder, and is never an option of it",
          "[ctl]") {
  CHECK(ctl::as_person(1000, {"--x"}) ==
        std::vector<std::string>{"sudo", "-n", "-H", "-u", "#1000", "--", "--x"});
}
