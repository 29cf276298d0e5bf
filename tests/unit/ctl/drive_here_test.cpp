// Not tested here: the planner (tests/unit/rotate), real parts (tests/integration).
#include "agent/ctl/drive_here.h"

#include "tests/support/fake_registry.h"
#include "tests/support/fake_store.h"
#include "tests/unit/ctl/fake_console.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;
using rotate::Step;
using std::chrono::milliseconds;

namespace {

rotate::Policy seconds_policy() {
  rotate::Policy policy;
  policy.lifetime = Seconds(64);
  policy.rotate_at_percent = 50;
  policy.offline = policy.hold = Seconds(4);
  policy.settle = Seconds(2);
  policy.fence_min = Seconds(2);
  policy.fence_max = Seconds(8);
  policy.fence_margin = Seconds(2);
  policy.observe = Seconds(5);
  return policy;
}

// A token on a fake registry; waiting moves the clock.
struct World {
  FakeClock clock;
  SeededRandom random;
  FakeRegistry registry{clock};
  FakeStore store;
  FakeConsole console;
  Stop stop;
  std::function<void()> at_wait;  // what happens during the next wait
  rotate::Policy policy = seconds_policy();
  std::string first;                           // a password to look at
  std::vector<std::pair<int64_t, bool>> told;  // promotions: the generation, and whether `first` worked then

  World() {
    registry.add_token(kToken.token);
    store.put(not_ready());
  }

  Result<rotate::TokenStatus> drive(Goal goal) {
    rotate::Session session(
        {store, registry, registry, clock, random, {kToken.registry}, "owner", "machine", true, {}}, kToken,
        policy);
    const Driving driving{
        clock,
        console,
        stop,
        [this](milliseconds length) {
          if (at_wait) std::exchange(at_wait, nullptr)();
          clock.advance(std::chrono::duration_cast<Ticks>(std::max(length, milliseconds(1))));
          return !stop.asked();
        },
        [this] { return registry.server_time().at(clock.boot_now()); },
        [this] {
          const auto& pending = record().pending;
          return pending && pending->phase == record::PendingPhase::claimed;
        },
        [this] {
          told.push_back({record().generation, registry.works(kToken.token, first)});
        }};
    return drive_session(driving, session, policy.settle, goal);
  }
  record::Record& record() { return store.record(kToken); }
};

rotate::Turn turn(Step step, bool acted) {
  rotate::Turn turn;
  turn.decision.step = step;
  turn.acted = acted;
  return turn;
}

}  // namespace

TEST_CASE("a session is driven until its token has a password", "[ctl]") {
  World world;
  const auto status = world.drive(Goal::ready);
  REQUIRE(status);
  CHECK(status->ready);
  CHECK(world.record().current->slot == "password1");
  CHECK_FALSE(world.record().pending);
  CHECK(world.registry.works(kToken.token, std::string(world.record().current->password.reveal())));
  CHECK(world.console.marks.front() == "myregistry.azurecr.io/ci-main: claim: it has no password yet");
}

TEST_CASE("a rotation replaces the password and ends with no claim open", "[ctl]") {
  World world;
  REQUIRE(world.drive(Goal::ready));
  const auto status = world.drive(Goal::rotated);
  REQUIRE(status);
  CHECK(world.record().generation == 2);
  CHECK(world.record().current->slot == "password2");
  CHECK(world.record().previous->free_at.has_value());
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("a rotation that would have to wait for long says until when and changes nothing", "[ctl]") {
  World world;
  world.policy.offline = std::chrono::hours(24);
  world.policy.lifetime = std::chrono::hours(240);
  REQUIRE(world.drive(Goal::ready));
  REQUIRE(world.drive(Goal::rotated));
  const std::string line = error_line(world.drive(Goal::rotated));
  CHECK(line.starts_with("the previous password may still be in use, until 2026-01-02 "));
  CHECK(line.ends_with("run it again then"));
  CHECK(world.record().generation == 2);
}

TEST_CASE("an interruption while the request is under way does not lose its password", "[ctl]") {
  World world;
  world.registry.before_last_look = [&world] {
    world.stop.ask();
    world.store.next_save = FakeStore::SaveFault::unavailable;  // and the store has a bad moment
  };
  std::vector<bool> cut;
  world.at_wait = [&] { cut.push_back(*world.stop.cut()); };
  (void)world.drive(Goal::ready);
  CHECK(cut == std::vector<bool>{false});  // what is needed to save it is not cut off
  const record::Record& record = world.record();
  REQUIRE((record.current || record.pending));
  const record::Password& saved = record.current ? *record.current : *record.pending->generated;
  CHECK(world.registry.works(kToken.token, std::string(saved.password.reveal())));
}

TEST_CASE("a password that cannot be saved at once is saved at the next try", "[ctl]") {
  World world;
  world.registry.before_last_look = [&world] { world.store.next_save = FakeStore::SaveFault::unavailable; };
  REQUIRE(world.drive(Goal::ready));
  CHECK(world.registry.generates == 1);
  CHECK(world.record().current.has_value());
}

TEST_CASE("an interruption after a failed request gives the claim back", "[ctl]") {
  World world;
  world.registry.next_generate = FakeRegistry::GenerateFault::throttled;
  world.at_wait = [&world] { world.stop.ask(); };
  (void)world.drive(Goal::ready);
  const auto& pending = world.record().pending;
  CHECK_FALSE((pending && pending->phase == record::PendingPhase::claimed));
}

TEST_CASE("an error behind the claim does not leave it open either", "[ctl]") {
  World world;
  world.console.at_mark = [&world](const std::string& mark) {
    if (mark.find("claim: ") != std::string::npos)
      world.registry.next_get = Error(ErrorCode::denied, "HTTP 403 Forbidden");
  };
  CHECK(error_line(world.drive(Goal::ready)) == "HTTP 403 Forbidden");
  const auto& pending = world.record().pending;
  CHECK_FALSE((pending && pending->phase == record::PendingPhase::claimed));
}

TEST_CASE("a claim whose request may still be under way is not waited for", "[ctl]") {
  World world;
  world.registry.next_generate = FakeRegistry::GenerateFault::lost_request;
  world.at_wait = [&world] { world.stop.ask(); };
  const Instant before = world.clock.now();
  CHECK_FALSE(world.drive(Goal::ready));
  CHECK(world.clock.now() - before < Seconds(8));
  CHECK(world.record().pending.has_value());
}

TEST_CASE("an interruption right behind the claim does not leave it open", "[ctl]") {
  World world;
  world.console.at_mark = [&world](const std::string& mark) {
    if (mark.find("claim: ") == std::string::npos) return;
    world.stop.ask();  // cuts off the look that the next turn begins with
    world.registry.next_get = Error(ErrorCode::cancelled, "stopped");
  };
  const auto stopped = world.drive(Goal::ready);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().line() ==
        "stopped with a new password that is saved, but not yet verified and handed out: run it again to go "
        "on");
  REQUIRE(world.record().pending);
  CHECK(world.record().pending->generated.has_value());
}

TEST_CASE("a wait is interrupted at once and the rest is told", "[ctl]") {
  World world;
  REQUIRE(world.drive(Goal::ready));
  world.at_wait = [&world] { world.stop.ask(); };  // while the staged password settles
  const auto stopped = world.drive(Goal::rotated);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == ErrorCode::cancelled);
  CHECK(stopped.error().line() ==
        "stopped with a new password that is saved, but not yet verified and handed out: run it again to go "
        "on");
  CHECK(world.record().pending->generated.has_value());
}

TEST_CASE("an error that waiting does not mend is told as it is", "[ctl]") {
  World world;
  world.registry.next_generate = FakeRegistry::GenerateFault::refused;
  const auto refused = world.drive(Goal::ready);
  CHECK(error_line(refused) == "HTTP 403 Forbidden");
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("stopping is safe where no claim is open and no value is in memory alone", "[ctl]") {
  struct Row {
    Step step;
    bool acted;
    bool safe;
  };
  for (const Row& row :
       {Row{Step::wait, false, true}, Row{Step::promote, true, true}, Row{Step::claim, false, true},
        Row{Step::claim, true, false}, Row{Step::generate, false, false}, Row{Step::release, false, false},
        Row{Step::release, true, true}, Row{Step::stage, true, true}}) {
    CHECK(is_safe_point(turn(row.step, row.acted), false, true) == row.safe);
    CHECK_FALSE(is_safe_point(turn(row.step, row.acted), true, true));
  }
  CHECK_FALSE(is_safe_point(turn(Step::wait, false), false, false));
  rotate::Turn lost = turn(Step::generate, false);
  lost.error = Error(ErrorCode::ambiguous, "the answer was lost");
  CHECK(is_safe_point(lost, false, false));
}

TEST_CASE("a goal is reached by what the status shows", "[ctl]") {
  rotate::TokenStatus status;
  CHECK_FALSE(has_reached(Goal::ready, false, status));
  status.ready = true;
  CHECK(has_reached(Goal::ready, false, status));
  CHECK(has_reached(Goal::rotated, false, status));
  CHECK_FALSE(has_reached(Goal::rotated, true, status));
  status.lost = true;
  CHECK_FALSE(has_reached(Goal::ready, true, status));
  status.rotations = 1;
  CHECK(has_reached(Goal::rotated, true, status));
}

TEST_CASE("a leak is closed in this process, with its stages", "[ctl]") {
  World world;
  REQUIRE(world.drive(Goal::ready));
  const std::string leaked(world.record().current->password.reveal());
  const auto status = world.drive(Goal::leak_closed);
  REQUIRE(status);
  CHECK(status->asked.empty());
  CHECK(status->stages.back().step == "forget");
  CHECK_FALSE(world.registry.works(kToken.token, leaked));
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("whoever wants to know of a promotion is told before the old password dies", "[ctl]") {
  World world;
  REQUIRE(world.drive(Goal::ready));
  world.first = std::string(world.record().current->password.reveal());
  REQUIRE(world.drive(Goal::leak_closed));
  CHECK(world.told == std::vector<std::pair<int64_t, bool>>{{1, false}, {2, true}});
  CHECK_FALSE(world.registry.works(kToken.token, world.first));
}

TEST_CASE("whoever wants to know of a promotion is told of one in a store that is read late", "[ctl]") {
  World world;
  world.policy.read_lag = Seconds(2);
  REQUIRE(world.drive(Goal::ready));
  REQUIRE(world.drive(Goal::rotated));
  CHECK(world.told.size() == 2);
}
