// Who has not been told of the current password holds the old one's slot. Not tested here: who is told, and
// when (tests/unit/loop, tests/integration/publish.py, tests/integration/hooks.py).
#include "tests/unit/rotate/session_scene.h"

using namespace scoped;
using namespace scoped::test;
using World = SessionWorld;
using rotate::Session;

TEST_CASE("A publisher that is behind by the record holds the old slot, whoever's it is", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);  // the first and one rotation
  REQUIRE(world.record().generation == 2);
  world.record().published["other-cluster"] = 1;
  world.run(session, 45);  // the promise on the old one is over, and it has not lapsed
  session.ask(rotate::Asked::rotation);
  world.run(session, 55);
  CHECK(world.record().generation == 2);
  CHECK(session.status().reason ==
        "the old password is kept until publisher 'other-cluster' has told everybody");
  world.record().published["other-cluster"] = 2;
  world.run(session, 62);
  CHECK(world.record().generation == 3);
}

TEST_CASE("A publisher that is gone lets no password lapse", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  world.record().published["gone"] = 1;
  for (int at = 41; at < 160; ++at) {
    world.run(session, at);
    REQUIRE(world.current_works());
  }
  CHECK(world.record().generation >= 3);
}
