// Not tested here: which rule speaks when (rules_test.cpp), real parts (tests/integration/emergency.py).
#include "tests/unit/rotate/session_scene.h"

using namespace scoped;
using namespace scoped::test;
using World = SessionWorld;
using rotate::Sent;
using rotate::Session;
using rotate::Step;

TEST_CASE("A retirement that is asked for kills the old password once the new one is current", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 14);
  const std::string old = world.current();
  world.trace.clear();
  session.ask(rotate::Asked::retire_now);
  world.run_for(session, 6);
  CHECK(world.trace ==
        "claim generate stage verify verify verify promote mark_free claim retire verify forget");
  CHECK(world.current_works());
  CHECK_FALSE(world.registry.works("token", old));
  CHECK_FALSE(world.record().previous);
  CHECK(session.status().asked.empty());
}

TEST_CASE("A leaked password and the one before it are dead at once", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  const std::string leaked = world.current();
  const std::string before(world.record().previous->password.password.reveal());
  REQUIRE(world.registry.works("token", before));
  world.trace.clear();
  session.ask(rotate::Asked::leaked);
  world.run_for(session, 0.5);
  CHECK(world.trace == "claim generate stage verify verify promote mark_free claim retire verify forget");
  CHECK(world.current_works());
  CHECK_FALSE(world.registry.works("token", leaked));
  CHECK_FALSE(world.registry.works("token", before));
  CHECK(session.status().asked.empty());
  CHECK(session.status().stages.size() == 11);
}

TEST_CASE("An emergency goes on where another agent has promoted meanwhile", "[rotate]") {
  World world;
  Session first = world.session("first"), second_one = world.session("second");
  world.run(first, 14);
  const std::string leaked = world.current();
  first.ask(rotate::Asked::leaked);
  while (!world.record().pending || !world.record().pending->generated) world.turn(first);
  while (world.current() == leaked) {  // the other one needs it to settle
    if (!world.turn(second_one).acted) world.clock.advance(std::chrono::milliseconds(500));
  }
  world.run(first, 20);
  CHECK_FALSE(world.registry.works("token", leaked));
  CHECK(world.record().generation == 2);
  CHECK(first.status().asked.empty());
}

TEST_CASE("An overwriting whose answer was lost is recognised and not repeated", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 14);
  session.ask(rotate::Asked::retire_now);
  while (session.turn().decision.step != Step::mark_free) world.clock.advance(std::chrono::milliseconds(200));
  world.registry.next_generate = FakeRegistry::GenerateFault::lost_answer;
  world.trace.clear();
  world.run(session, 20);
  CHECK(world.trace == "claim retire! verify forget");
  CHECK(world.registry.generates == 3);
  CHECK(world.current_works());
}

TEST_CASE("With 'overwrite' the old password is dead after the promises on it, and rotation goes on",
          "[rotate]") {
  World world;
  world.policy.retire = rotate::Retire::overwrite;
  Session session = world.session();
  world.run(session, 1);
  for (int at = 2; at < 300; ++at) {
    world.run(session, at);
    REQUIRE(world.current_works());
  }
  CHECK(session.status().generation >= 8);
  CHECK(world.registry.generates > session.status().generation + 5);
}

TEST_CASE("With 'remove' the slot of an old password is empty after the promises on it, and rotation goes on",
          "[rotate]") {
  World world;
  world.policy.retire = rotate::Retire::remove;
  Session session = world.session();
  world.run(session, 1);
  for (int at = 2; at < 300; ++at) {
    world.run(session, at);
    REQUIRE(world.current_works());
  }
  CHECK(session.status().generation >= 8);
  CHECK(world.registry.generates == session.status().generation);
  CHECK(world.registry.writes >= session.status().generation - 2);
  CHECK(world.trace.find("mark_free verify claim retire forget") != std::string::npos);
}

TEST_CASE("A removal that is refused gives its claim back, and the old password stays", "[rotate]") {
  World world;
  world.policy.retire = rotate::Retire::remove;
  Session session = world.session();
  world.run(session, 34);
  const std::string old = world.current();
  world.registry.refusal = Error(ErrorCode::denied, "HTTP 403 Forbidden");
  world.trace.clear();
  while (world.trace.find("retire!") == std::string::npos) world.run_for(session, 1);
  CHECK(world.registry.works("token", old));
  CHECK(session.status().problem.find("403") != std::string::npos);
  world.run_for(session, 10);
  CHECK_FALSE(world.registry.works("token", old));
  CHECK(world.current_works());
}

TEST_CASE("A repair that is asked for of a password that works changes nothing", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 14);
  world.trace.clear();
  session.ask(rotate::Asked::repair);
  world.run_for(session, 1);
  CHECK(world.trace == "verify");
  CHECK(session.status().asked.empty());
}

TEST_CASE("One wrong refusal of the last recorded password does not end it", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  const std::string previous(world.record().previous->password.password.reveal());
  world.registry.regenerate("token", world.record().current->slot, second(900));
  while (session.turn().decision.reason.find("is its password dead?") == std::string::npos)
    world.clock.advance(std::chrono::milliseconds(200));
  world.registry.forget_next_login = true;  // the previous one's
  world.run(session, 46);
  CHECK(world.current() == previous);
  CHECK(world.current_works());
}

TEST_CASE("A leaked password is replaced although the other slot may still be in use", "[rotate]") {
  Scene scene;
  scene.observed.asked = rotate::Asked::leaked;
  scene.observed.condemned = rotate::condemned_by(rotate::Asked::leaked, scene.observed);
  CHECK(scene.next().step == Step::claim);
  CHECK(scene.next().slot == "password2");
  scene.observed.slots["password2"] = {second(1), second(900)};  // somebody else's
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("A leaked password does not lift the bars that protect the new one", "[rotate]") {
  Scene scene;
  scene.observed.asked = rotate::Asked::leaked;
  scene.observed.condemned = rotate::condemned_by(rotate::Asked::leaked, scene.observed);
  scene.record.busy = record::Busy{"password2", second(20)};
  CHECK(scene.next().reason == "the other slot is busy");
  scene.record.busy.reset();
  scene.at(34).claim(Sent::unknown);
  CHECK(scene.next().reason == "another process's claim stands");
}

TEST_CASE("The successor of a leaked password need not settle", "[rotate]") {
  Scene scene;
  scene.staged();
  scene.observed.asked = rotate::Asked::leaked;
  scene.observed.condemned = rotate::condemned_by(rotate::Asked::leaked, scene.observed);
  scene.at(34.5).logins("password2", 34) = {2, second(34.4), {}, {}};
  CHECK(scene.next().step == Step::promote);
}
