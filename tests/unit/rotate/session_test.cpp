// Not tested here: every interleaving of crashes and lost answers (tests/crash), real parts
// (tests/integration), what a person asks for (asked_test.cpp).
#include "tests/unit/rotate/session_scene.h"

using namespace scoped;
using namespace scoped::test;
using World = SessionWorld;
using rotate::Session;
using rotate::Step;
using rotate::Turn;

namespace {

double seconds_now(const SessionWorld& world) {
  return static_cast<double>((world.clock.now() - kStart).count()) / 10'000'000;
}

}  // namespace

TEST_CASE("A token without a password gets one without waiting for it to settle", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  CHECK(world.trace == "claim generate stage verify verify promote");
  CHECK(world.record().generation == 1);
  CHECK(world.record().current->slot == "password1");
  CHECK(world.current_works());
  CHECK(session.status().ready);
}

TEST_CASE("A password that is due is replaced while the old one goes on working", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  const std::string first = world.current();
  world.trace.clear();
  world.run(session, 40);
  CHECK(world.trace == "claim generate stage verify verify verify promote mark_free");
  CHECK(world.record().current->slot == "password2");
  CHECK(world.record().previous->password.slot == "password1");
  CHECK(world.current_works());
  CHECK(world.registry.works("token", first));
}

TEST_CASE("The old slot is free only after every promise on it is over", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  const Instant promoted = *world.record().promoted_at;
  CHECK(*world.record().previous->free_at >= promoted + Seconds(4) + Seconds(4));  // offline + hold
}

TEST_CASE("Passwords are rotated for as long as the agent runs, and one always works", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  for (int at = 2; at < 600; ++at) {
    world.run(session, at);
    REQUIRE(world.current_works());
  }
  CHECK(session.status().generation >= 17);
  CHECK(world.registry.generates == session.status().generation);
}

TEST_CASE("A refused generate gives the claim back and waits before the next", "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::refused;
  world.run(session, 4);
  CHECK(world.trace == "claim generate! release claim generate stage verify verify promote");
}

TEST_CASE("Retry-After is waited for", "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::throttled;
  world.run(session, 29);
  CHECK(world.trace == "claim generate! release");
  world.run(session, 32);
  CHECK(world.record().generation == 1);
}

TEST_CASE("A generate that never left gives the claim back", "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::not_connected;
  world.run(session, 4);
  CHECK(world.trace == "claim generate! release claim generate stage verify verify promote");
}

TEST_CASE("A lost answer whose password is seen in the slot is generated again at once", "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::lost_answer;
  world.run(session, 4);
  CHECK(world.trace == "claim generate! claim generate stage verify verify promote");
  CHECK(world.registry.generates == 2);
  CHECK(world.current_works());
}

TEST_CASE("A lost answer without an effect is waited for until the claim's bearer is surely refused",
          "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::lost_request;
  world.run(session, 7.9);  // the bearer ends at 6, and a margin of 2
  CHECK(world.trace == "claim generate!");
  world.run(session, 10);
  CHECK(world.trace == "claim generate! release claim generate stage verify verify promote");
}

TEST_CASE("A restarted agent waits for the claim of its former life and then takes over", "[rotate]") {
  World world;
  {
    Session killed = world.session("first life");
    world.turn(killed);  // claim
    world.turn(killed);  // generate: the value dies with the process
    REQUIRE(killed.holds_value());
  }
  Session session = world.session("second life");
  world.run(session, 7.9);
  CHECK(world.trace.empty());
  world.run(session, 10);
  CHECK(world.trace == "claim generate stage verify verify promote");
  CHECK(world.current_works());
}

TEST_CASE("A staged password outlives the process that made it", "[rotate]") {
  World world;
  {
    Session killed = world.session("first life");
    for (int i = 0; i < 3; ++i) world.turn(killed);  // claim, generate, stage
  }
  Session session = world.session("second life");
  world.run(session, 1);
  CHECK(world.trace == "verify verify promote");
  CHECK(world.registry.generates == 1);
}

TEST_CASE("A look from before the staging and a stale one do not agree that the slot was changed",
          "[rotate]") {
  World world;
  Session sender = world.session("sender");
  Session other = world.session("other");
  world.turn(sender);  // claim
  CHECK(world.turn(other).decision.step == Step::wait);
  const registry::TokenState before = world.registry.token("token");
  world.turn(sender);  // generate
  world.turn(sender);  // stage
  world.registry.stale_get = before;
  CHECK(world.turn(other).decision.reason == "the staged slot looks changed; reading it again");
  CHECK(world.turn(other).decision.step == Step::verify);
  CHECK(world.record().pending);
}

TEST_CASE("What was changed for good is seen by two looks", "[rotate]") {
  World world;
  Session session = world.session();
  for (int i = 0; i < 3; ++i) world.turn(session);  // claim, generate, stage
  world.registry.regenerate("token", "password1", std::nullopt);
  CHECK(world.turn(session).decision.step == Step::wait);
  CHECK(world.turn(session).decision.step == Step::release);
}

TEST_CASE("A value in memory is kept until the store takes it", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.turn(session);
  for (int i = 0; i < 3; ++i) {
    world.store.next_save = FakeStore::SaveFault::unavailable;
    CHECK(session.turn().error);
    CHECK(session.holds_value());
  }
  world.run(session, 1);
  CHECK(world.current_works());
  CHECK(world.registry.generates == 1);
}

TEST_CASE("A value whose staging was answered by nobody is dropped once it is seen staged", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.turn(session);
  world.store.next_save = FakeStore::SaveFault::lost_answer;
  REQUIRE(session.turn().error);
  REQUIRE(session.holds_value());
  world.clock.advance(Seconds(2));
  CHECK(session.turn().decision.step == Step::verify);
  CHECK_FALSE(session.holds_value());
}

TEST_CASE("A save whose answer was lost is not repeated", "[rotate]") {
  World world;
  Session session = world.session();
  for (const char* step : {"claim", "generate", "stage", "verify", "verify", "promote"}) {
    world.store.next_save = FakeStore::SaveFault::lost_answer;
    CHECK(name_of(session.turn().decision.step) == step);
    world.store.next_save = FakeStore::SaveFault::none;
    world.clock.advance(Seconds(1));
  }
  CHECK(world.registry.generates == 1);
  CHECK(world.record().generation == 1);
  CHECK(world.current_works());
}

TEST_CASE("Nothing is sent when the last look shows another claim", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.registry.before_last_look = [&world] {
    record::Record changed = world.record().clone();
    changed.pending->txn = "somebody else's";
    world.store.put(changed);
  };
  const Turn turn = session.turn();
  CHECK(turn.error->line() == "the claim is not ours any more");
  CHECK(world.registry.generates == 0);
}

TEST_CASE("Nothing is sent when the last look shows a changed slot", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.registry.before_last_look = [&world] {
    world.registry.regenerate("token", "password1", std::nullopt);
  };
  const Turn turn = session.turn();
  CHECK(turn.error->line() == "somebody changed the claimed slot");
  CHECK(world.registry.generates == 0);
}

TEST_CASE("Nothing is sent when the current slot was changed in the last moment", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 27);
  while (session.turn().decision.step != Step::claim) world.clock.advance(Seconds(1));
  world.registry.before_last_look = [&world] {
    world.registry.regenerate("token", "password1", std::nullopt);
  };
  CHECK(session.turn().error->line() == "somebody changed the current slot");
  CHECK(world.registry.generates == 1);
}

TEST_CASE("Nothing is sent after the bearer's end", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.registry.before_last_look = [&world] { world.clock.advance(Seconds(7)); };
  CHECK(session.turn().error->line() == "the claim's bearer ran out");
  CHECK(world.registry.generates == 0);
}

TEST_CASE("A bearer that outlives the configured fence is refused before anything is claimed", "[rotate]") {
  World world;
  world.registry.bearer_life = Seconds(60);
  Session session = world.session();
  const Turn turn = session.turn();
  CHECK(turn.error->line() == "the identity's bearer lives longer than 'fence_max': raise it to at least 1m");
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("When somebody regenerates the current slot the previous password is handed out again",
          "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  const std::string previous = std::string(world.record().previous->password.password.reveal());
  world.registry.regenerate("token", "password2", std::nullopt);
  Step last = Step::wait;
  while (last != Step::swap_back && seconds_now(world) < 60) {
    const Turn turn = session.turn();
    last = turn.decision.step;
    if (!turn.acted) world.clock.advance(turn.look_again);
  }
  CHECK(world.current() == previous);
  CHECK(world.current_works());
}

TEST_CASE("When both slots are wiped a new password is made at once", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 40);
  world.registry.wipe("token");
  world.trace.clear();
  world.run(session, 50);
  // the previous password must be refused twice
  CHECK(world.trace == "verify verify verify verify claim generate stage verify verify promote mark_free");
  CHECK(world.current_works());
}

TEST_CASE("Where a dead process left a claim and nothing works, the other slot is generated before its end",
          "[rotate]") {
  World world;
  Session first = world.session("first");
  world.run(first, 36);
  world.run(first, 66);
  while (world.turn(first).decision.step != Step::claim) world.clock.advance(Seconds(1));
  const std::string claimed = world.record().pending->slot;
  const Instant over = world.record().pending->fence + world.policy.fence_margin;
  const Instant from = world.record().pending->claimed_at + world.policy.repair_budget;
  world.registry.wipe("token");

  Session second = world.session("second");
  while (!world.current_works()) {
    const Turn turn = second.turn();
    if (!turn.acted) world.clock.advance(std::max<Ticks>(turn.look_again, std::chrono::milliseconds(1)));
    REQUIRE(world.clock.now() < over);
  }
  CHECK(world.clock.now() > from);
  CHECK(world.record().current->slot ==
        (claimed == record::kPassword1 ? record::kPassword2 : record::kPassword1));
  REQUIRE(world.record().busy);
  CHECK(world.record().busy->slot == claimed);
  CHECK(world.record().busy->until == over);
  world.run_for(second, 60);  // on from there
  CHECK(world.current_works());
  CHECK(world.record().current->slot == claimed);
}

TEST_CASE("A replica that has not heard of the new password delays its promotion", "[rotate]") {
  World world;
  Session session = world.session();
  for (int i = 0; i < 3; ++i) world.turn(session);
  world.registry.forget_next_login = true;
  world.run(session, 3);
  CHECK(world.trace == "verify verify verify promote");
}

TEST_CASE("Nothing is promoted while the login endpoint does not answer", "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.logins_answer = false;
  world.run(session, 20);
  CHECK(world.record().pending->phase == record::PendingPhase::generated);
  CHECK_FALSE(world.record().current);
  world.registry.logins_answer = true;
  world.run(session, 30);
  CHECK(world.current_works());
}

TEST_CASE("What a restored store has lost is put back, and nothing is generated for it", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 36);
  const record::Record backup = world.record().clone();
  world.run(session, 68);
  REQUIRE(world.record().generation > backup.generation);
  const int generates = world.registry.generates;
  world.store.put(backup);
  world.run(session, seconds_now(world) + 2);
  CHECK(world.registry.generates == generates);
  CHECK(world.trace.ends_with("put_back mark_free"));  // the old password was handed out again meanwhile
  CHECK(world.record().generation > backup.generation);
  CHECK(world.current_works());
}

TEST_CASE("A claim whose request may still be under way is put back with the record", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 36);
  const record::Record backup = world.record().clone();
  world.run(session, 68);
  record::Pending claim;
  claim.txn = "another's";
  claim.slot = record::other_slot(world.record());
  claim.fence = world.clock.now() + Seconds(8);
  world.record().pending = std::move(claim);
  world.turn(session);
  world.store.put(backup);
  CHECK(world.turn(session).decision.step == Step::put_back);
  REQUIRE(world.record().pending);
  CHECK(world.record().pending->txn == "another's");
}

TEST_CASE("A claim of ours that was never sent is not put back with the record", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 36);
  const record::Record backup = world.record().clone();
  world.run(session, 66);
  while (world.turn(session).decision.step != Step::claim) world.clock.advance(Seconds(1));
  world.store.put(backup);
  CHECK(world.turn(session).decision.step == Step::put_back);
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("A restored store is not rotated before old claims are surely over", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 36);
  const record::Record backup = world.record().clone();
  world.run(session, 68);
  REQUIRE(world.record().generation > backup.generation);
  const std::string made_since = world.record().current->slot;
  world.registry.regenerate("token", made_since, std::nullopt);  // so there is nothing to put back
  world.store.put(backup);
  const int generates = world.registry.generates;
  world.run(session, seconds_now(world) + 9);
  CHECK(world.registry.generates == generates);
  CHECK(session.status().generation == backup.generation);
}

TEST_CASE("A store that is set back right after a promotion is noticed by the one who promoted", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  record::Record staged;
  for (world.clock.advance(second(32) - world.clock.now()); !staged.pending || !staged.pending->generated;
       staged = world.record().clone())
    if (!session.turn().acted) world.clock.advance(Seconds(1));
  world.run(session, 40);
  REQUIRE(world.record().generation == 2);
  Session promoter = world.session("promoter");
  world.store.put(staged);
  while (promoter.turn().decision.step != Step::promote) world.clock.advance(Seconds(1));
  staged.pending->phase = record::PendingPhase::claimed;  // an older backup: the claim of that time
  staged.pending->generated.reset();
  world.store.put(staged);
  const int generates = world.registry.generates;
  world.clock.advance(Seconds(30));  // long after the claim's fence
  CHECK(promoter.turn().decision.step == Step::put_back);
  CHECK(world.registry.generates == generates);
  CHECK(world.record().generation == 2);
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("A claim that a late reader does not see yet is not forgotten", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);  // claim
  world.store.stale_loads = 1;
  const Turn again = session.turn();
  CHECK(again.decision.step == Step::claim);
  REQUIRE(again.error);
  world.clock.advance(again.look_again + std::chrono::milliseconds(1));
  CHECK(world.turn(session).decision.step == Step::generate);
}

TEST_CASE("After a write the session waits until every reader of the store sees it", "[rotate]") {
  World world;
  world.policy.read_lag = Seconds(1);
  Session session = world.session();
  const Turn turn = world.turn(session);
  CHECK(turn.decision.step == Step::claim);
  CHECK(turn.acted);
  CHECK_FALSE(turn.shows_at_once());
  CHECK(turn.look_again == Seconds(1));
}

TEST_CASE("A rotation that was asked for happens as soon as the other slot is free", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 3);
  session.ask(rotate::Asked::rotation);
  world.run(session, 8);
  CHECK(world.record().generation == 2);
  world.run(session, 20);
  CHECK(world.record().generation == 2);  // once
}

TEST_CASE("A session that only looks changes nothing", "[rotate]") {
  World world;
  Session session({.store = world.store,
                   .control = world.registry,
                   .probe = world.registry,
                   .clock = world.clock,
                   .random = world.random,
                   .endpoints = {},
                   .owner = "o",
                   .machine = "m",
                   .may_rotate = false,
                   .repairs_stopped = {}},
                  kName, world.policy);
  world.run(session, 100);
  CHECK(world.trace.empty());
  CHECK(world.store.saves == 1);
}

TEST_CASE("What a list shows is enough to see that nothing is due", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  const auto listed = world.registry.list_tokens();
  world.registry.next_get = Error(ErrorCode::unavailable, "a GET that nobody should send");
  const Turn turn = session.turn(&listed->front());
  CHECK_FALSE(turn.error);
  CHECK(turn.decision.reason == "the password is not due");
}

TEST_CASE("A token of which the store's list shows no record is not asked for one", "[rotate]") {
  World world;
  Session session = world.session();
  world.run(session, 1);
  const auto listed = world.registry.list_tokens();
  world.store.next_load = store::LoadState::unavailable;  // for whoever asks
  const Turn turn = session.turn(&listed->front(), false);
  CHECK(turn.decision.step == Step::give_up);
  CHECK(turn.decision.reason.starts_with("it has passwords and no record: run 'scopedctl import"));
  CHECK(world.store.next_load);
}

TEST_CASE("A token that vanished from the list is a person's business", "[rotate]") {
  World world;
  Session session = world.session();
  CHECK(session.turn(nullptr).decision.step == Step::give_up);
  CHECK_FALSE(session.status().problem.empty());
}

TEST_CASE("An imported password without an expiry is replaced by one with an expiry", "[rotate]") {
  World world;
  world.registry.regenerate("token", "password2", std::nullopt);
  const registry::SlotState slot = world.registry.token("token").slots[0];
  world.store.put(rotate::make_imported_record(kName, slot, Secret("password-1"), Seconds(4), kStart));
  Session session = world.session();
  world.run(session, 6);
  CHECK(world.record().generation == 2);
  CHECK(world.record().current->slot == "password1");
  CHECK(world.record().current->expires_at);
}

TEST_CASE("Driving a session ends when the token is ready", "[rotate]") {
  World world;
  Session session = world.session();
  int turns = 0;
  const auto ready =
      rotate::drive(session, world.clock,
                    {.done = [](const rotate::TokenStatus& status) { return status.ready; },
                     .progress = [&turns](const Turn&, const rotate::TokenStatus&) { ++turns; },
                     .wait =
                         [&world](std::chrono::milliseconds length) {
                           world.clock.advance(length);
                           return true;
                         }});
  REQUIRE(ready);
  CHECK(ready->generation == 1);
  CHECK(turns == 7);
}

TEST_CASE("Driving a session ends with an error that waiting does not mend, and gives the claim back",
          "[rotate]") {
  World world;
  Session session = world.session();
  world.registry.next_generate = FakeRegistry::GenerateFault::refused;
  const auto ended = rotate::drive(session, world.clock,
                                   {.done = [](const rotate::TokenStatus& status) { return status.ready; },
                                    .progress = {},
                                    .wait = [](std::chrono::milliseconds) { return true; }});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().line() == "HTTP 403 Forbidden");
  CHECK_FALSE(world.record().pending);
}

TEST_CASE("Driving a session that is stopped goes on until a value in memory is staged", "[rotate]") {
  World world;
  Session session = world.session();
  world.turn(session);
  world.turn(session);
  world.store.next_save = FakeStore::SaveFault::unavailable;
  const auto ended = rotate::drive(session, world.clock,
                                   {.done = [](const rotate::TokenStatus&) { return false; },
                                    .progress = {},
                                    .wait = [](std::chrono::milliseconds) { return false; }});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code() == ErrorCode::cancelled);
  CHECK_FALSE(session.holds_value());
  CHECK(world.record().generation == 1);
}

TEST_CASE("An agent that comes back late lets a token wait for its turn, and no longer than the jitter",
          "[rotate]") {
  World world;
  world.policy.jitter = Seconds(4);
  Session first = world.session();
  world.run(first, 1);
  world.clock.advance(second(36.5) - world.clock.now());  // due at 32 to 36
  Session later = world.session();
  CHECK(later.turn().decision.reason == "the password is due, and others are before it");
  world.run(later, 45);
  CHECK(world.record().generation == 2);
}
