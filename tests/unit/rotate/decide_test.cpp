// Not tested here: the rules (rules_test.cpp).
#include "agent/rotate/decide.h"

#include "tests/support/catch.h"
#include "tests/unit/rotate/scene.h"

using namespace scoped;
using namespace scoped::test;
using rotate::Step;

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

TEST_CASE(
    "A claim that was made before the current password died does not end the previous one on one refusal",
    "[rotate]") {
  Scene scene;
  scene.at(10).claim(rotate::Sent::not_yet);
  scene.lose_current();
  scene.logins("password1", 0).last_refused = second(9.5);
  scene.logins("password2", -32) = {0, {}, second(9.6), {}, 1};
  CHECK(scene.next().reason == "somebody changed the current slot; the previous password was refused once");
  scene.logins("password2", -32).refused = 2;
  CHECK(scene.next().step == Step::generate);
}

TEST_CASE("Nobody waits for a turn near the end of the password", "[rotate]") {
  Scene scene;
  scene.at(37.9).observed.turn_at = second(60);
  CHECK(scene.next().until == second(38));  // 64 - (4 + 2 + 2 * 10)
  CHECK(scene.at(38).next().step == Step::claim);
}

TEST_CASE("A rotation that is asked for waits for no turn", "[rotate]") {
  Scene scene;
  scene.at(33).observed.turn_at = second(35);
  scene.observed.asked = rotate::Asked::rotation;
  CHECK(scene.next().step == Step::claim);
}
