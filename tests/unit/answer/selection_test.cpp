// Not tested here: how keys are read (tests/unit/protocol) and which configurations are refused
// (tests/unit/config).
#include "common/answer/selection.h"

#include "common/protocol/docker.h"
#include "tests/support/catch.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using test::kHost;
using test::plain_caller;
using test::trusted_caller;

// "token", "not mine", "not found" or "refused: why".
std::string shown(const Selection& selection) {
  if (const auto* selected = std::get_if<Selected>(&selection)) return selected->name.token;
  if (const auto* refused = std::get_if<Refused>(&selection)) return "refused: " + refused->why;
  return std::holds_alternative<NotMine>(selection) ? "not mine" : "not found";
}

struct Asked {
  const config::Config& configuration;
  const Permissions& permissions;
  Caller caller = trusted_caller();

  std::string operator()(const std::string& key, const std::string& profile = "") const {
    return shown(select(configuration, permissions, caller, profile, *protocol::read_key(key)));
  }
};

config::Config three_tokens() {
  config::Config configuration = test::make_config({"puller", "builder", "deployer"});
  auto& tokens = test::registry_of(configuration).tokens;
  tokens["builder"].repositories = {"team/*", "base"};
  tokens["deployer"].repositories = {"team/app"};
  configuration.profiles["ci"][kHost] = "builder";
  configuration.profiles["elsewhere"]["other.azurecr.io"] = "x-token";
  return configuration;
}

TEST_CASE("the most specific token that fits the key answers", "[answer]") {
  const config::Config configuration = three_tokens();
  const Permissions permissions;
  const Asked asked{configuration, permissions};

  CHECK(asked("reg.azurecr.io") == "puller");
  CHECK(asked("HTTPS://REG.azurecr.io/v2/") == "puller");
  CHECK(asked("reg.azurecr.io/team/app") == "deployer");  // exact before wildcard
  CHECK(asked("reg.azurecr.io/team/app2") == "builder");
  CHECK(asked("reg.azurecr.io/team/app/sub") == "builder");
  CHECK(asked("reg.azurecr.io/base") == "builder");
  CHECK(asked("reg.azurecr.io/baseline") == "puller");  // default_token fits everything
  CHECK(asked("reg.azurecr.io/team") == "puller");      // a wildcard does not cover its own prefix
  CHECK(asked("ghcr.io") == "not mine");
  CHECK(asked("ghcr.io/team/app") == "not mine");
}

TEST_CASE("an exact pattern beats a wildcard of the same length", "[answer]") {
  config::Config configuration = test::make_config({"puller", "builder", "deployer"});
  auto& tokens = test::registry_of(configuration).tokens;
  tokens["builder"].repositories = {"team/*"};
  tokens["deployer"].repositories = {"team/a"};
  CHECK(Asked{configuration, {}}("reg.azurecr.io/team/a") == "deployer");
}

TEST_CASE("patterns come from the scope map unless the token names its own", "[answer]") {
  config::Config configuration = test::make_config({"puller", "builder"});
  config::Registry& registry = test::registry_of(configuration);
  registry.scope_maps["builds"].repositories = {{"team/*", {"content/read"}}};
  registry.tokens["builder"].scope_map = "builds";
  CHECK(Asked{configuration, {}}("reg.azurecr.io/team/app") == "builder");

  registry.tokens["builder"].repositories = {"other"};
  CHECK(Asked{configuration, {}}("reg.azurecr.io/team/app") == "puller");
  CHECK(Asked{configuration, {}}("reg.azurecr.io/other") == "builder");
}

TEST_CASE("a tie on a repository key is not-found, so that the client goes on to its host key", "[answer]") {
  config::Config configuration = three_tokens();
  test::registry_of(configuration).tokens["deployer"].repositories = {"team/*"};
  const Asked asked{configuration, {}};
  CHECK(asked("reg.azurecr.io/team/app") == "not found");
  CHECK(asked("reg.azurecr.io") == "puller");
  CHECK(asked("reg.azurecr.io/base") == "builder");
}

TEST_CASE("without a default token a host key is ambiguous and a repository key not-found", "[answer]") {
  config::Config configuration = three_tokens();
  test::registry_of(configuration).default_token.clear();
  const Asked asked{configuration, {}};
  CHECK(asked("reg.azurecr.io") ==
        "refused: 'reg.azurecr.io': more than one token fits ('builder', 'deployer', 'puller'): choose one "
        "with a profile ($SCOPED_PROFILE) or set 'default_token'");
  CHECK(asked("reg.azurecr.io/unknown") == "not found");
  CHECK(asked("reg.azurecr.io/team/app") == "deployer");
}

TEST_CASE("a single usable token answers its host key without being the default", "[answer]") {
  config::Config configuration = test::make_config({"puller"});
  test::registry_of(configuration).default_token.clear();
  CHECK(Asked{configuration, {}}("reg.azurecr.io") == "puller");
}

TEST_CASE("a profile decides before patterns, or has no say, or is refused", "[answer]") {
  const config::Config configuration = three_tokens();
  const Permissions permissions{{test::name_of("deployer"), {{1001}, {}}}};
  const Asked asked{configuration, permissions};
  CHECK(asked("reg.azurecr.io", "ci") == "builder");
  CHECK(asked("reg.azurecr.io/team/app", "ci") == "builder");
  CHECK(asked("reg.azurecr.io", "elsewhere") == "puller");
  CHECK(asked("ghcr.io", "ci") == "not mine");
  CHECK(asked("ghcr.io", "unknown") == "not mine");
  CHECK(asked("reg.azurecr.io", "unknown") ==
        "refused: 'reg.azurecr.io': there is no profile 'unknown' in the configuration: use 'ci', "
        "'elsewhere' or "
        "none");
  CHECK(asked("reg.azurecr.io/team/app", "unknown") == "not found");

  const Asked stranger{configuration, permissions, plain_caller()};
  CHECK(stranger("reg.azurecr.io", "ci") ==
        "refused: 'reg.azurecr.io': profile 'ci' names token 'builder', which you may not use: ask for its "
        "'allow'");
  CHECK(stranger("reg.azurecr.io/team/app", "ci") == "not found");
}

// The agent of one level knows no profile of the other, so fetch, which reads both, must not either.
TEST_CASE("a profile of the other level is unknown", "[answer]") {
  config::Config configuration = three_tokens();
  config::Registry& other = configuration.registries["other.azurecr.io"];
  other.host = "other.azurecr.io";
  other.tokens["x-token"] = test::make_token();
  other.origin.system = true;
  const Permissions permissions;
  const Asked asked{configuration, permissions};
  CHECK(asked("other.azurecr.io", "elsewhere") == "x-token");
  CHECK(asked("reg.azurecr.io", "elsewhere") ==
        "refused: 'reg.azurecr.io': there is no profile 'elsewhere' in the configuration: use 'ci' or none");
  CHECK(asked("other.azurecr.io", "ci") ==
        "refused: 'other.azurecr.io': there is no profile 'ci' in the configuration of the system: use "
        "'elsewhere' or "
        "none");
  CHECK(asked("other.azurecr.io/app", "ci") == "not found");
  configuration.profiles.clear();
  CHECK(asked("reg.azurecr.io", "ci") ==
        "refused: 'reg.azurecr.io': there is no profile 'ci' in the configuration: ask without one");
}

TEST_CASE("a profile that names no registry is ignored everywhere", "[answer]") {
  config::Config configuration = three_tokens();
  configuration.profiles["empty"];
  CHECK(Asked{configuration, {}}("reg.azurecr.io", "empty") == "puller");
}

TEST_CASE("a refusal names eight candidates and counts the others", "[answer]") {
  config::Config configuration =
      test::make_config({"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"});
  test::registry_of(configuration).default_token.clear();
  const std::string refused = Asked{configuration, {}}("reg.azurecr.io");
  CHECK(refused.find("'t6', 't7' and 2 more)") != std::string::npos);
}

TEST_CASE("a registry without tokens says how to add one", "[answer]") {
  const config::Config configuration = test::make_config({});
  CHECK(Asked{configuration, {}}("reg.azurecr.io") ==
        "refused: 'reg.azurecr.io': the configuration names no token of it: run 'scopedctl import "
        "reg.azurecr.io'");
}

TEST_CASE("only tokens that the caller may use take part", "[answer]") {
  const config::Config configuration = three_tokens();
  const Permissions permissions{{test::name_of("deployer"), {{1001}, {}}},
                                {test::name_of("builder"), {{}, {500}}}};

  const Asked nobody{configuration, permissions, plain_caller(2000)};
  CHECK(nobody("reg.azurecr.io") == "puller");  // default_token is open to whoever reaches the listener
  CHECK(nobody("reg.azurecr.io/team/app") == "puller");

  const Asked user{configuration, permissions, plain_caller(1001)};
  CHECK(user("reg.azurecr.io/team/app") == "deployer");
  CHECK(user("reg.azurecr.io/team/x") == "puller");

  const Asked member{configuration, permissions, plain_caller(2000, {100, 500})};
  CHECK(member("reg.azurecr.io/team/app") == "builder");

  const Asked root{configuration, permissions, {0, {0}, true}};
  CHECK(root("reg.azurecr.io/team/app") == "deployer");
}

TEST_CASE("an allow on the default token closes it to everybody else", "[answer]") {
  const config::Config configuration = test::make_config({"puller"});
  const Permissions permissions{{test::name_of("puller"), {{1001}, {}}}};
  CHECK(Asked{configuration, permissions, plain_caller(1001)}("reg.azurecr.io") == "puller");
  CHECK(Asked{configuration, permissions, plain_caller(2000)}("reg.azurecr.io") ==
        "refused: 'reg.azurecr.io': you may use none of its tokens ('puller'): ask for their 'allow'");
  CHECK(Asked{configuration, permissions, plain_caller(2000)}("reg.azurecr.io/team/app") == "not found");
}

TEST_CASE("selectable names the registries whose host key is answered", "[answer]") {
  config::Config configuration = three_tokens();
  config::Registry& other = configuration.registries["other.azurecr.io"];
  other.host = "other.azurecr.io";
  other.tokens["x-token"] = test::make_token();
  other.tokens["y-token"] = test::make_token();
  const auto hosts = selectable(configuration, {}, trusted_caller(), "");
  CHECK(hosts == std::map<std::string, record::RecordName>{{kHost, test::name_of("puller")}});
  const auto with_profile = selectable(configuration, {}, trusted_caller(), "elsewhere");
  CHECK(with_profile.at("other.azurecr.io").token == "x-token");
  CHECK(selectable(configuration, {}, trusted_caller(), "unknown").empty());
}

Directory fake_directory() {
  return {[](const std::string& name) { return name == "alice" ? std::optional<uid_t>(1001) : std::nullopt; },
          [](const std::string& name) { return name == "ci" ? std::optional<gid_t>(500) : std::nullopt; }};
}

TEST_CASE("permissions hold the numbers behind the names of each allow", "[answer]") {
  config::Config configuration = test::make_config({"puller", "builder"});
  config::Token& builder = test::registry_of(configuration).tokens["builder"];
  builder.allow_given = true;
  builder.allow_users = {"alice"};
  builder.allow_groups = {"ci"};
  const auto permissions = resolve_permissions(configuration, fake_directory());
  REQUIRE(permissions);
  REQUIRE(permissions->size() == 1);
  const Allowed& allowed = permissions->at(test::name_of("builder"));
  CHECK(allowed.uids == std::set<uid_t>{1001});
  CHECK(allowed.gids == std::set<gid_t>{500});
}

TEST_CASE("an empty allow is an entry that lets nobody in", "[answer]") {
  config::Config configuration = test::make_config({"puller"});
  test::registry_of(configuration).tokens["puller"].allow_given = true;
  const auto permissions = resolve_permissions(configuration, fake_directory());
  REQUIRE(permissions);
  CHECK(permissions->contains(test::name_of("puller")));
  CHECK(Asked{configuration, *permissions, plain_caller()}("reg.azurecr.io") != "puller");
}

TEST_CASE("an unknown name in an allow is a configuration error with its place", "[answer]") {
  config::Config configuration = test::make_config({"puller"});
  config::Token& token = test::registry_of(configuration).tokens["puller"];
  token.allow_given = true;
  token.origin = {"/etc/scoped/config.json", 7, true};
  SECTION("user") {
    token.allow_users = {"alice", "bob"};
    const auto permissions = resolve_permissions(configuration, fake_directory());
    REQUIRE_FALSE(permissions);
    CHECK(permissions.error().code() == ErrorCode::configuration);
    CHECK(permissions.error().line() ==
          "/etc/scoped/config.json:7: token 'puller': 'allow' names unknown user 'bob': correct it, or add "
          "that user to this machine");
  }
  SECTION("group") {
    token.allow_groups = {"nope"};
    const auto permissions = resolve_permissions(configuration, fake_directory());
    REQUIRE_FALSE(permissions);
    CHECK(permissions.error().line() ==
          "/etc/scoped/config.json:7: token 'puller': 'allow' names unknown group 'nope': correct it, or add "
          "that group to this machine");
  }
}

}  // namespace
}  // namespace scoped::answer
