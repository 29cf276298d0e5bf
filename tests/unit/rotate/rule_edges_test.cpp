// What a row of rules_test.cpp cannot show: the edges of rules, and two of them together.
#include "tests/support/catch.h"
#include "tests/unit/rotate/scene.h"

using namespace scoped;
using namespace scoped::test;
using rotate::Sent;
using rotate::Step;

TEST_CASE("Time is an interval: what must be over is judged by its lower end", "[rotate]") {
  Scene scene;
  scene.observed.now = TimeInterval{second(31.9), second(34)};
  CHECK(scene.next().step == Step::wait);  // due, expired and free by the upper end only
  scene.observed.now = TimeInterval{second(32.1), second(34)};
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("Time is an interval: what must be left is judged by its upper end", "[rotate]") {
  Scene scene;
  scene.claim(Sent::not_yet);
  scene.observed.now = TimeInterval{second(37), second(39)};
  CHECK(scene.next().reason == "its bearer ran out before it was sent");
}

TEST_CASE("Near the end of our password a stranger's is generated over", "[rotate]") {
  Scene scene;
  scene.at(38.1).observed.slots["password2"] = {second(1), second(900)};  // 64 - (4 + 2 + 2 * 10) = 38
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("A stranger's password that has lapsed is nobody's", "[rotate]") {
  Scene scene;
  scene.at(34).observed.slots["password2"] = {second(1), second(33)};
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("An expiry cut to seconds proves an orphan only where few others could have been asked for",
          "[rotate]") {
  Scene scene;
  scene.at(35).claim(Sent::ambiguous);
  scene.observed.slots["password2"] = {second(34), second(97)};
  CHECK(scene.next().reason == "the request may still be under way");  // 3.2 s of choice are too few
  scene.policy.lifetime = std::chrono::hours(24);
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("An expiry that merely looks changed proves nothing", "[rotate]") {
  Scene scene;
  scene.at(35).claim(Sent::ambiguous);
  scene.observed.slots["password2"] = {second(34), second(97.1234568)};
  CHECK(scene.next().reason == "the request may still be under way");
}

TEST_CASE("What a restored store has lost is not put back over a changed or lapsed password", "[rotate]") {
  Scene scene;
  scene.set_back();
  CHECK(scene.at(98).next().step != Step::put_back);  // it lapsed at 97
  scene.at(40).observed.slots["password2"].created_at = second(36);
  CHECK(scene.next().step == Step::wait);
}

TEST_CASE("A restored claim whose slot changed is dropped, not taken for an orphan", "[rotate]") {
  Scene scene;
  scene.at(60).claim(Sent::unknown);
  scene.observed.slots["password2"] = {second(34), second(97.1234567)};
  scene.observed.restored_until = second(70);
  CHECK(scene.next().step == Step::release);
}

TEST_CASE("A lapsed current password needs no settling of its successor", "[rotate]") {
  Scene scene;
  scene.staged();
  scene.record.current->expires_at = second(30);
  scene.at(34.5).logins("password2", 34) = {2, second(34.4), {}, {}};
  CHECK(scene.next().step == Step::promote);
}

TEST_CASE("One stale look at the registry does not spare the successor its settling", "[rotate]") {
  Scene scene;
  scene.staged();
  scene.at(34.5).logins("password2", 34) = {2, second(34.4), {}, {}};
  scene.observed.slots.erase("password1");
  scene.observed.slots_confirmed = false;
  CHECK(scene.next().reason == "the staged password must settle");
}

TEST_CASE("A claim made while the current password was lost is sent as a repair", "[rotate]") {
  Scene scene;
  scene.at(34).claim(Sent::not_yet);
  scene.lose_current();
  scene.logins("password1", 0).last_refused = second(33.5);
  scene.record.previous.reset();
  const rotate::Decision decision = scene.next();
  CHECK(decision.step == Step::generate);
  CHECK(decision.repair);
}

TEST_CASE("A person who asks for a repair has looked: the repair is not stopped", "[rotate]") {
  Scene scene;
  scene.lose_current();
  scene.record.previous.reset();
  scene.logins("password1", 0).last_refused = second(9.5);
  scene.observed.repairs_stopped = true;
  scene.observed.asked = rotate::Asked::repair;
  CHECK(scene.next().step == Step::claim);
}

TEST_CASE("A lapsed password is late, not lost", "[rotate]") {
  Scene scene;
  scene.at(70).observed.slots.clear();  // the registry has cleaned both up
  CHECK(scene.next().step == Step::claim);
  CHECK_FALSE(scene.next().repair);
}

TEST_CASE("An old password is not overwritten before every promise on it is over", "[rotate]") {
  Scene scene;
  scene.policy.retire = rotate::Retire::overwrite;
  scene.logins("password1", 0) = {1, second(11.5), {}, {}};
  CHECK(scene.at(12).next().reason == "the password is not due");
  CHECK(scene.at(12.1).next().step == Step::claim);
}

TEST_CASE("What a person wants dead is overwritten also where old passwords are removed", "[rotate]") {
  Scene scene;
  scene.policy.retire = rotate::Retire::remove;
  scene.logins("password1", 0).last_accepted = second(12.9);
  CHECK(scene.at(13).next().removes);
  scene.condemn_previous();  // an overwriting is known by its expiry, a removal only when its claim is over
  CHECK(scene.next().step == Step::claim);
  CHECK_FALSE(scene.next().removes);
}

TEST_CASE("A restored claim to overwrite is dropped like any other", "[rotate]") {
  Scene scene;
  scene.at(18.1).retirement(Sent::unknown);
  scene.observed.slots["password2"] = {second(9), second(18.1234567)};
  scene.observed.restored_until = second(40);
  CHECK(scene.next().reason == "an old claim came to nothing");
}

TEST_CASE("What an overwriting left in a slot is nobody's", "[rotate]") {
  Scene scene;
  scene.record.previous.reset();
  scene.record.retired = record::Retired{"password2", second(20)};
  scene.at(34).observed.slots["password2"] = {second(20), second(40)};
  CHECK(scene.next().step == Step::claim);
  scene.observed.slots["password2"].created_at = second(21);  // somebody else's since
  CHECK(scene.next().reason == "the other slot holds a password that somebody else made");
}
