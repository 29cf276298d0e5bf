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
  std::vector<record::RecordName> due(Ticks ahead = 0s) const {
    return copies.due_for_revalidation(clock.boot_now(), clock.boot_now() + ahead);
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

TEST_CASE("records in use are due ahead of time, idle ones are left alone", "[answer]") {
  Held held;
  for (const char* token : {"busy", "idle", "once"}) held.read(make_record(token));
  held.read(test::make_not_ready("waiting"));
  for (const char* token : {"busy", "once", "waiting"})
    held.copies.find(name_of(token))->asked_for = held.clock.boot_now();
  CHECK(held.due().empty());
  CHECK(held.due(61s) == std::vector{name_of("busy"), name_of("once")});
  CHECK(held.due(60s).empty());

  held.clock.advance(601s);
  held.copies.find(name_of("busy"))->asked_for = held.clock.boot_now();
  CHECK(held.due() == std::vector{name_of("busy")});
}

}  // namespace
}  // namespace scoped::answer
