// Not tested here: that whoever has to leave is closed (broker_listener_test).
#include "agent/serve/crowd.h"

#include "tests/support/catch.h"

#include <vector>

namespace scoped::serve {
namespace {

constexpr uid_t kMany = 7, kOne = 8;

struct Scene {
  Crowd crowd{4, 2};

  Crowd::Ticket enter(uid_t uid) {
    const auto entry = crowd.enter(uid);
    REQUIRE(entry);
    return entry->ticket;
  }
  Crowd::Ticket ask(uid_t uid) {
    const Crowd::Ticket ticket = enter(uid);
    crowd.has_asked(ticket);
    return ticket;
  }
};

TEST_CASE("while there is room nobody leaves", "[serve]") {
  Scene scene;
  for (const uid_t uid : {kMany, kMany, kOne, kOne}) CHECK_FALSE(scene.crowd.enter(uid)->leaves);
  CHECK(scene.crowd.size() == 4);
}

TEST_CASE("whoever comes too often makes its own silent ones leave, the oldest first", "[serve]") {
  Scene scene;
  const auto first = scene.enter(kMany);
  const auto second = scene.enter(kMany);
  scene.enter(kOne);
  CHECK(scene.crowd.enter(kMany)->leaves == first);
  CHECK(scene.crowd.enter(kMany)->leaves == second);
  CHECK(scene.crowd.size() == 3);
}

TEST_CASE("whoever waits for as many answers as it may is refused", "[serve]") {
  Scene scene;
  const auto first = scene.ask(kMany);
  scene.ask(kMany);
  CHECK_FALSE(scene.crowd.enter(kMany));
  CHECK(scene.crowd.enter(kOne));
  scene.crowd.leave(first);
  CHECK(scene.crowd.enter(kMany));
}

TEST_CASE("where all is full the oldest silent one leaves, whoever it is", "[serve]") {
  Scene scene;
  scene.ask(1);
  const auto silent = scene.enter(2);
  scene.enter(3);
  scene.ask(3);
  CHECK(scene.crowd.enter(kOne)->leaves == silent);
}

TEST_CASE("where all have asked the uid with the most inside gives up its oldest", "[serve]") {
  Scene scene;
  scene.ask(1);
  const auto many = scene.ask(kMany);
  scene.ask(kMany);
  scene.ask(2);
  CHECK(scene.crowd.enter(kOne)->leaves == many);
}

TEST_CASE("where all have asked and nobody has more than another the newcomer is refused", "[serve]") {
  Scene scene;
  for (const uid_t uid : {1, 2, 3, 4}) scene.ask(uid);
  CHECK_FALSE(scene.crowd.enter(kOne));
  CHECK(scene.crowd.size() == 4);
}

TEST_CASE("ten thousand uids that keep silent let the next one in", "[serve]") {
  Crowd crowd{64, 16};
  for (uid_t uid = 0; uid < 10'000; ++uid) REQUIRE(crowd.enter(uid));
  CHECK(crowd.size() == 64);
  const auto entry = crowd.enter(20'000);
  REQUIRE(entry);
  crowd.has_asked(entry->ticket);
  for (uid_t uid = 0; uid < 10'000; ++uid) CHECK(crowd.enter(uid)->leaves != entry->ticket);
}

TEST_CASE("leaving twice is leaving once", "[serve]") {
  Scene scene;
  const auto ticket = scene.enter(kOne);
  scene.crowd.leave(ticket);
  scene.crowd.leave(ticket);
  CHECK(scene.crowd.size() == 0);
}

}  // namespace
}  // namespace scoped::serve
