// Not tested here: making folders and sockets (agent/serve, agent/main).
#include "agent/loop/parts.h"
#include "tests/support/catch.h"

using namespace scoped;

TEST_CASE("The system's agent is in /run and /var/lib", "[loop]") {
  const FixedEnvironment environment({}, 0, 0);
  const auto places = loop::agent_places(environment, /*system=*/true, /*explicit_config=*/false);
  REQUIRE(places);
  CHECK(places->host_socket == "/run/scoped/host/agent.sock");
  CHECK(places->container_folder == "/run/scoped/containers");
  CHECK(places->control_socket == "/run/scoped/control.sock");
  CHECK(places->state_folder == "/var/lib/scoped");
  CHECK(places->hooks_folder == "/etc/scoped/hooks");
}

TEST_CASE("A user's agent is in the user's runtime folder", "[loop]") {
  const FixedEnvironment environment(
      {{"XDG_RUNTIME_DIR", "/run/user/7"}, {"XDG_STATE_HOME", "/h/state"}, {"XDG_CONFIG_HOME", "/h/config"}},
      7, 7);
  const auto places = loop::agent_places(environment, false, false);
  REQUIRE(places);
  CHECK(places->host_socket == "/run/user/7/scoped/agent.sock");
  CHECK(places->container_folder == "/run/user/7/scoped/containers");
  CHECK(places->lock_file == "/run/user/7/scoped/agent.lock");
  CHECK(places->state_folder == "/h/state/scoped");
  CHECK(places->hooks_folder == "/h/config/scoped/hooks");
}

TEST_CASE("Without XDG_RUNTIME_DIR the user's folder in /run is taken", "[loop]") {
  const FixedEnvironment environment({{"HOME", "/h"}}, 7, 7);
  CHECK(loop::agent_places(environment, false, false)->host_socket == "/run/user/7/scoped/agent.sock");
}

TEST_CASE("An agent of one file puts everything beside its socket", "[loop]") {
  const FixedEnvironment environment({{"SCOPED_AGENT_SOCKET", "/t/agent/a.sock"}}, 0, 0);
  const auto places = loop::agent_places(environment, true, /*explicit_config=*/true);
  REQUIRE(places);
  CHECK(places->host_socket == "/t/agent/a.sock");
  CHECK(places->container_folder == "/t/agent/containers");
  CHECK(places->control_socket == "/t/agent/control.sock");
  CHECK(places->state_folder == "/t/agent");
}

TEST_CASE("An agent of one file cannot be found without its socket", "[loop]") {
  CHECK(loop::agent_places(FixedEnvironment({}), false, true).error().code() == ErrorCode::not_found);
}
