// Not tested here: the rules (rules_test.cpp).
#include "agent/rotate/decide.h"

#include "tests/support/catch.h"
#include "tests/unit/rotate/scene.h"

using namespace scoped;
using namespace scoped::test;

TEST_CASE("A password is due at a point of its life plus this machine's jitter", "[rotate]") {
  const Scene scene;
  CHECK(due_at(scene.record, scene.policy, 0) == second(32));
  CHECK(due_at(scene.record, scene.policy, 0.5) == second(33));
}

TEST_CASE("A password is due early enough for two claims before its end", "[rotate]") {
  Scene scene;
  scene.policy.rotate_at_percent = 90;
  CHECK(due_at(scene.record, scene.policy, 0) == second(44));  // 64 - 2 * (8 + 2)
}

TEST_CASE("A password without an expiry is due at once", "[rotate]") {
  Scene scene;
  scene.record.current->expires_at.reset();
  CHECK(due_at(scene.record, scene.policy, 0.9) == second(0));
}

TEST_CASE("A token without a password has nothing that is due", "[rotate]") {
  Scene scene;
  scene.record.current.reset();
  CHECK_FALSE(due_at(scene.record, scene.policy, 0));
}

TEST_CASE("The jitter is the same each time and differs between machines, tokens and generations",
          "[rotate]") {
  const record::RecordName name{"myregistry.azurecr.io", "token"};
  const double once = rotate::jitter_fraction("machine", name, 3);
  CHECK(once == rotate::jitter_fraction("machine", name, 3));
  CHECK(once != rotate::jitter_fraction("machine-b", name, 3));
  CHECK(once != rotate::jitter_fraction("machine", {"myregistry.azurecr.io", "other"}, 3));
  CHECK(once != rotate::jitter_fraction("machine", name, 4));
}

TEST_CASE("The jitter spreads over the whole of its range", "[rotate]") {
  int quarters[4] = {};
  for (int generation = 0; generation < 4'000; ++generation) {
    const double fraction = rotate::jitter_fraction("m", {"r", "t"}, generation);
    REQUIRE(fraction >= 0);
    REQUIRE(fraction < 1);
    ++quarters[static_cast<int>(fraction * 4)];
  }
  for (const int count : quarters) CHECK(count > 900);
}
