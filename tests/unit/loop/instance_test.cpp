#include "agent/loop/instance.h"

#include "tests/support/catch.h"

using scoped::loop::instance_name;

TEST_CASE("An agent is called the same after a restart", "[loop]") {
  CHECK(instance_name("build7", "id", "/run/scoped/agent.lock") ==
        instance_name("build7", "id", "/run/scoped/agent.lock"));
  CHECK(instance_name("build7", "id", "/run/scoped/agent.lock").starts_with("build7."));
}

TEST_CASE("No two agents are called the same: not on one machine, nor on a clone with another name",
          "[loop]") {
  const std::string ours = instance_name("build7", "id", "/run/scoped/agent.lock");
  CHECK(ours != instance_name("build7", "id", "/run/user/1000/scoped/agent.lock"));
  CHECK(ours != instance_name("build7", "another id", "/run/scoped/agent.lock"));
  CHECK(ours != instance_name("build8", "id", "/run/scoped/agent.lock"));
}

TEST_CASE("Without a lock file a process is not an agent that a record may name", "[loop]") {
  CHECK(instance_name("build7", "id", "").empty());
}
