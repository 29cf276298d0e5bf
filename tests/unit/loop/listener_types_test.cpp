// Not tested here: how the settings are read (tests/unit/config), making folders and sockets
// (tests/unit/serve), the sockets at work (tests/integration/trust.py).
#include "agent/loop/listener_types.h"

#include "agent/loop/listening.h"
#include "common/config/load.h"
#include "tests/support/catch.h"

using namespace scoped;

namespace {

constexpr const char* kRegistry =
    R"("registries": {"reg.azurecr.io": {"default_token": "puller", "tokens": {"puller": {}, "builder": {}}}})";

config::Loaded load(const std::string& listeners) {
  const std::string text = std::string("{") + kRegistry + R"(, "agent": {"listeners": {)" + listeners + "}}}";
  return config::parse_config({{"/etc/scoped/config.json", text, true}}, FixedEnvironment({}),
                              loop::catalog());
}

config::Config configuration(const std::string& listeners) {
  config::Loaded loaded = load(listeners);
  REQUIRE(loaded.config);
  return std::move(*loaded.config);
}

std::string problem(const std::string& listeners) {
  const config::Loaded loaded = load(listeners);
  REQUIRE(loaded.problems.size() == 1);
  return loaded.problems.front().display();
}

// A machine with the groups "docker" (99) and "ci" (100), or one without any.
struct Scene {
  loop::Places places = *loop::agent_places(FixedEnvironment({}, 0, 0), true, false);
  answer::Directory directory{[](const std::string&) { return std::optional<uid_t>(); },
                              [this](const std::string& name) {
                                return !groups            ? std::optional<gid_t>()
                                       : name == "ci"     ? std::optional<gid_t>(100)
                                       : name == "docker" ? std::optional<gid_t>(99)
                                                          : std::optional<gid_t>();
                              }};
  bool groups = true;
  bool system = true;

  Result<std::vector<loop::SocketPlan>> plan(const std::string& listeners) const {
    return loop::plan_sockets(configuration(listeners), {system, places, directory, 42});
  }
};

}  // namespace

TEST_CASE("The host's socket is there without a word in the configuration, for docker's group", "[loop]") {
  Scene scene;
  scene.groups = GENERATE(true, false);
  const auto plans = scene.plan("");
  REQUIRE(plans);
  REQUIRE(plans->size() == 1);
  CHECK(plans->front().path == "/run/scoped/host/agent.sock");
  CHECK(plans->front().mode == 0660);
  CHECK(plans->front().group == (scene.groups ? 99 : 42));
  CHECK_FALSE(plans->front().only);
}

TEST_CASE("The host's socket is for the group that is named", "[loop]") {
  const Scene scene;
  CHECK(scene.plan(R"("all": {"type": "host", "group": "ci"})")->front().group == 100);
  const auto unknown = scene.plan(R"("all": {"type": "host", "group": "cj"})");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().line() == "/etc/scoped/config.json:1: listener 'all': there is no group 'cj'");
}

TEST_CASE("A user's own socket is for the user alone", "[loop]") {
  Scene scene;
  scene.system = false;
  const auto plans = scene.plan(R"("all": {"type": "host", "group": "ci"})");
  REQUIRE(plans);
  CHECK(plans->front().mode == 0600);
  CHECK_FALSE(plans->front().group);
}

TEST_CASE("There is one host", "[loop]") {
  const auto plans = Scene().plan(R"("a": {"type": "host"}, "b": {"type": "host"})");
  REQUIRE_FALSE(plans);
  CHECK(plans.error().code() == ErrorCode::configuration);
  CHECK(plans.error().line() ==
        "/etc/scoped/config.json:1: listener 'b' has the type and so the socket of 'a': keep one of them");
}

TEST_CASE("A container's socket is open to all, in a folder that only root reaches", "[loop]") {
  const auto plans = Scene().plan(R"("ci": {"type": "container", "token": "REG.azurecr.io/builder"},)"
                                  R"("cd": {"type": "container", "token": "reg.azurecr.io/builder"})");
  REQUIRE(plans);
  REQUIRE(plans->size() == 3);  // the host's comes last, since nobody named it
  const loop::SocketPlan& plan = plans->at(1);
  CHECK(plan.listener == "ci");
  CHECK(plan.path == "/run/scoped/containers/ci/agent.sock");
  CHECK(plan.mode == 0666);
  REQUIRE(plan.folders.size() == 2);
  CHECK(plan.folders[0].path == "/run/scoped/containers");
  CHECK(plan.folders[0].mode == 0700);
  CHECK(plan.folders[1].path == "/run/scoped/containers/ci");
  CHECK(plan.folders[1].mode == 0755);
  CHECK(plan.only == record::RecordName{"reg.azurecr.io", "builder"});
}

TEST_CASE("A container's listener names one token that is there", "[loop]") {
  CHECK(problem(R"("ci": {"type": "container"})").find("'token' is missing") != std::string::npos);
  CHECK(problem(R"("ci": {"type": "container", "token": "reg.azurecr.io/bilder"})") ==
        "/etc/scoped/config.json:1: token 'bilder' is not defined: did you mean 'builder'?");
  CHECK(problem(R"("ci": {"type": "contaner", "token": "reg.azurecr.io/builder"})").find("'container'") !=
        std::string::npos);
  CHECK_FALSE(load(R"("../x": {"type": "container", "token": "reg.azurecr.io/builder"})").config);
}

TEST_CASE("A configuration of one token has no other, and that one by default", "[loop]") {
  const config::Config whole = configuration("");
  const config::Config part = loop::only(whole, {"reg.azurecr.io", "builder"});
  REQUIRE(part.registries.size() == 1);
  const config::Registry& registry = part.registries.at("reg.azurecr.io");
  CHECK(registry.default_token == "builder");
  CHECK(registry.tokens.size() == 1);
  CHECK(registry.tokens.contains("builder"));
  CHECK(part.profiles.empty());
  CHECK(part.copies.store_wait == whole.copies.store_wait);
}

TEST_CASE("Every listener has places for some clients, and one uid for a part of them", "[loop]") {
  for (const size_t listeners : {size_t{1}, size_t{3}, size_t{100'000}}) {
    const loop::Limits limits = loop::limits_for(listeners);
    CHECK(limits.most >= 16);
    CHECK(limits.most <= 4'096);
    CHECK(limits.most_of_one >= 4);
    CHECK(limits.most_of_one < limits.most);
  }
}
