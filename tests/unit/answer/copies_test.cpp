// Not tested here: what may be handed out at a given time (tests/unit/record).
#include "common/answer/copies.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using store::LoadState;
using test::failed;
using test::found;
using test::make_record;
using test::name_of;

struct Held {
  test::FakeClock clock;
  Copies copies{60s};

  void read(record::Record record) {
    const record::RecordName name = record.name();
    copies.take(name, found(std::move(record)), clock.now(), clock.boot_now());
  }
  bool is_fresh(const char* token) const {
    const Copy* copy = copies.find(name_of(token));
    return copy != nullptr && copies.is_fresh(*copy, clock.boot_now());
  }
  std::vector<record::RecordName> due() const { return copies.due_for_revalidation(clock.boot_now()); }
  void fail_to_read(const char* token) {
    copies.take(name_of(token), failed(LoadState::unavailable), clock.now(), clock.boot_now());
  }
  void ask_for(const char* token) { copies.find(name_of(token))->asked_for = clock.boot_now(); }
  // How long until the agent looks again.
  std::optional<Ticks> next() const {
    const auto at = copies.next_revalidation(clock.boot_now());
    return at ? std::optional(*at - clock.boot_now()) : std::nullopt;
  }
};

TEST_CASE("a copy is fresh until it is as old as revalidate", "[answer]") {
  Held held;
  held.read(make_record("puller"));
  CHECK(held.is_fresh("puller"));
  held.clock.advance(59s);
  CHECK(held.is_fresh("puller"));
  held.clock.advance(1s);
  CHECK_FALSE(held.is_fresh("puller"));
  CHECK_FALSE(held.is_fresh("stranger"));
}

TEST_CASE("half the offline limit bounds how long a copy is fresh", "[answer]") {
  Held held;
  record::Record record = make_record("puller");
  record.current->offline = 10s;
  held.read(std::move(record));
  held.clock.advance(4s);
  CHECK(held.is_fresh("puller"));
  held.clock.advance(1s);
  CHECK_FALSE(held.is_fresh("puller"));
}

TEST_CASE("under another configuration a copy stays, and asks the store before it is handed out",
          "[answer]") {
  Held held;
  held.read(make_record("puller"));
  held.clock.advance(10s);
  held.copies.begin_anew(300s);
  REQUIRE(held.copies.find(name_of("puller")) != nullptr);
  CHECK_FALSE(held.is_fresh("puller"));
  held.read(make_record("puller"));
  held.clock.advance(299s);
  CHECK(held.is_fresh("puller"));
}

TEST_CASE("a step of the wall clock changes no age", "[answer]") {
  Held held;
  held.read(make_record("puller"));
  held.clock.step_wall(-24h);
  CHECK(held.is_fresh("puller"));
  held.clock.step_wall(100h);
  CHECK(held.is_fresh("puller"));
}

TEST_CASE("a record that is not ready is never fresh", "[answer]") {
  Held held;
  held.read(test::make_not_ready("puller"));
  CHECK_FALSE(held.is_fresh("puller"));
}

TEST_CASE("a doubtful copy asks the store, at most once in five seconds", "[answer]") {
  Held held;
  held.read(make_record("puller"));
  held.clock.advance(2s);
  held.copies.find(name_of("puller"))->doubtful = true;
  CHECK(held.is_fresh("puller"));
  held.clock.advance(3s);
  CHECK_FALSE(held.is_fresh("puller"));
  held.read(make_record("puller"));
  CHECK(held.is_fresh("puller"));
  held.clock.advance(30s);
  CHECK(held.is_fresh("puller"));
}

TEST_CASE("each end of a load has its own effect on the copy", "[answer]") {
  struct Row {
    LoadState state;
    bool kept;
  };
  const auto row =
      GENERATE(Row{LoadState::absent, false}, Row{LoadState::denied, false}, Row{LoadState::locked, true},
               Row{LoadState::unavailable, true}, Row{LoadState::corrupt, true});
  Held held;
  held.read(make_record("puller", "first"));
  const auto loaded = row.state == LoadState::absent ? store::LoadResult::absent() : failed(row.state);
  held.copies.take(name_of("puller"), loaded, held.clock.now(), held.clock.boot_now());
  CHECK((held.copies.find(name_of("puller")) != nullptr) == row.kept);
}

TEST_CASE("a later read replaces the copy and keeps when it was asked for", "[answer]") {
  Held held;
  held.read(make_record("puller", "first"));
  held.copies.find(name_of("puller"))->asked_for = held.clock.boot_now();
  held.clock.advance(5s);
  held.read(make_record("puller", "second"));
  const Copy& copy = *held.copies.find(name_of("puller"));
  CHECK(copy.record.current->password.reveal() == "second");
  CHECK(copy.read_at == held.clock.now());
  CHECK(copy.asked_for.has_value());
}

TEST_CASE("a read that was overtaken by a later one changes nothing", "[answer]") {
  Held held;
  const Instant before = held.clock.now();
  const BootInstant boot_before = held.clock.boot_now();
  held.clock.advance(5s);
  held.read(make_record("puller", "later"));
  held.copies.take(name_of("puller"), found(make_record("puller", "earlier")), before, boot_before);
  CHECK(held.copies.find(name_of("puller"))->record.current->password.reveal() == "later");
}

TEST_CASE("a doubtful copy asks no more often when the store does not answer", "[answer]") {
  Held held;
  held.read(make_record("puller"));
  held.copies.find(name_of("puller"))->doubtful = true;
  held.clock.advance(6s);
  CHECK_FALSE(held.is_fresh("puller"));
  held.fail_to_read("puller");
  held.clock.advance(4s);
  CHECK(held.is_fresh("puller"));
  held.clock.advance(1s);
  CHECK_FALSE(held.is_fresh("puller"));
  held.clock.advance(50s);
  held.fail_to_read("puller");
  CHECK_FALSE(held.is_fresh("puller"));  // too old, doubtful or not
}

TEST_CASE("a late absence or denial does not end a copy that was read after it was asked", "[answer]") {
  Held held;
  const Instant before = held.clock.now();
  const BootInstant boot_before = held.clock.boot_now();
  held.clock.advance(5s);
  held.read(make_record("puller"));
  for (const auto state : {LoadState::absent, LoadState::denied}) {
    const auto loaded = state == LoadState::absent ? store::LoadResult::absent() : failed(state);
    held.copies.take(name_of("puller"), loaded, before, boot_before);
    CHECK(held.copies.find(name_of("puller")) != nullptr);
  }
}

TEST_CASE("records in use are read ahead of time, idle ones are left alone", "[answer]") {
  Held held;
  for (const char* token : {"busy", "idle", "once"}) held.read(make_record(token));
  held.read(test::make_not_ready("waiting"));
  for (const char* token : {"busy", "once", "waiting"}) held.ask_for(token);
  CHECK(held.due().empty());
  held.clock.advance(29s);
  CHECK(held.due().empty());
  held.clock.advance(1s);
  CHECK(held.due() == std::vector{name_of("busy"), name_of("once")});
  CHECK(held.is_fresh("busy"));  // so no client waits for it

  held.clock.advance(601s);
  held.ask_for("busy");
  CHECK(held.due() == std::vector{name_of("busy")});
}

TEST_CASE("a busy record whose store does not answer is tried again at the same pace", "[answer]") {
  Held held;
  held.read(make_record("busy"));
  held.ask_for("busy");
  held.clock.advance(31s);
  held.fail_to_read("busy");
  CHECK(held.due().empty());
  held.clock.advance(29s);
  CHECK(held.due().empty());
  held.clock.advance(1s);
  CHECK(held.due() == std::vector{name_of("busy")});
}

TEST_CASE("a short offline limit is kept ahead of time as well, at most once a second", "[answer]") {
  Held held;
  record::Record record = make_record("busy");
  record.current->offline = GENERATE(8s, 2s);
  const Ticks expected = record.current->offline == 8s ? 2s : 1s;
  held.read(std::move(record));
  held.ask_for("busy");
  CHECK(held.next() == expected);
  held.clock.advance(expected);
  CHECK(held.due() == std::vector{name_of("busy")});
}

TEST_CASE("the next look is the first of all busy records, and idle ones are looked at once more",
          "[answer]") {
  Held held;
  CHECK_FALSE(held.next());
  held.read(make_record("idle"));
  CHECK(held.next() == Ticks(60s));
  held.clock.advance(10s);
  held.read(make_record("busy"));
  held.ask_for("busy");
  CHECK(held.next() == Ticks(30s));
  CHECK(held.copies.next_revalidation(name_of("idle"), held.clock.boot_now()) ==
        held.clock.boot_now() + Ticks(50s));
  CHECK_FALSE(held.copies.next_revalidation(name_of("stranger"), held.clock.boot_now()));
  held.clock.advance(30s);
  CHECK(held.next() == Ticks(20s));  // busy is on its way; its landing asks again
  held.clock.advance(20s);
  CHECK_FALSE(held.next());  // and the idle one is left alone
}

}  // namespace
}  // namespace scoped::answer
