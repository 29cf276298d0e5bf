// Not tested here: what is done with a record that has landed (tests/unit/answer).
#include "agent/serve/flights.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/answer/world.h"

namespace scoped::serve {
namespace {

using test::name_of;

struct World {
  test::FakeClock clock;
  answer::Copies copies{std::chrono::seconds(60)};
  std::vector<std::pair<record::RecordName, std::function<void(Loaded)>>> loads;
  std::shared_ptr<Flights> flights = std::make_shared<Flights>(
      copies,
      [this](const record::RecordName& name, std::function<void(Loaded)> done) {
        loads.emplace_back(name, std::move(done));
      },
      [this] { return clock.boot_now(); });
  std::string told;

  void join(const char* token, std::string mark) {
    flights->join(name_of(token), [this, mark = std::move(mark)](const store::LoadResult& loaded) {
      told += mark + ":" + std::string(store::name_of(loaded.state)) + " ";
    });
  }
  static Loaded found(const char* token) { return {test::found(test::make_record(token)), {}, {}}; }
};

TEST_CASE("whoever wants the same record shares one load", "[serve]") {
  World world;
  world.join("puller", "a");
  world.join("puller", "b");
  world.join("builder", "c");
  REQUIRE(world.loads.size() == 2);
  CHECK(world.told.empty());

  world.loads[0].second(World::found("puller"));
  CHECK(world.told == "a:found b:found ");
  CHECK(world.copies.find(name_of("puller")) != nullptr);
  world.loads[1].second({store::LoadResult::absent(), {}, {}});
  CHECK(world.told == "a:found b:found c:absent ");
}

TEST_CASE("after a load has landed the next one is new", "[serve]") {
  World world;
  world.join("puller", "a");
  world.loads[0].second(World::found("puller"));
  world.join("puller", "b");
  CHECK(world.loads.size() == 2);
}

TEST_CASE("a waiter may ask for the same record again", "[serve]") {
  World world;
  world.flights->join(name_of("puller"), [&](const store::LoadResult&) { world.join("puller", "again"); });
  world.loads[0].second(World::found("puller"));
  REQUIRE(world.loads.size() == 2);
  world.loads[1].second(World::found("puller"));
  CHECK(world.told == "again:found ");
}

TEST_CASE("a loader may answer at once", "[serve]") {
  answer::Copies copies{std::chrono::seconds(60)};
  const auto flights = std::make_shared<Flights>(
      copies,
      [](const record::RecordName&, const std::function<void(Loaded)>& done) {
        done(World::found("puller"));
      },
      [] { return BootInstant(); });
  int told = 0;
  for (int i = 0; i < 2; ++i) flights->join(name_of("puller"), [&](const store::LoadResult&) { ++told; });
  CHECK(told == 2);
}

TEST_CASE("a flight without a passenger fills the copies", "[serve]") {
  World world;
  world.flights->join(name_of("puller"), nullptr);
  world.loads[0].second(World::found("puller"));
  CHECK(world.copies.find(name_of("puller")) != nullptr);
}

TEST_CASE("a client joins the flight that was begun ahead of time", "[serve]") {
  World world;
  world.flights->join(name_of("puller"), nullptr);
  world.join("puller", "a");
  world.flights->join(name_of("puller"), nullptr);
  REQUIRE(world.loads.size() == 1);
  world.loads[0].second(World::found("puller"));
  CHECK(world.told == "a:found ");
}

TEST_CASE("a flight that never ends does not stop later ones", "[serve]") {
  World world;
  world.join("puller", "a");
  world.clock.advance(std::chrono::seconds(19));
  world.join("puller", "b");
  CHECK(world.loads.size() == 1);
  world.clock.advance(std::chrono::seconds(1));
  world.join("puller", "c");
  world.join("puller", "d");
  REQUIRE(world.loads.size() == 2);
  SECTION("the new one lands") { world.loads[1].second(World::found("puller")); }
  SECTION("the old one lands after all") { world.loads[0].second(World::found("puller")); }
  SECTION("the old one fails at last, then the new one lands") {
    world.loads[0].second({store::LoadResult::absent(), {}, {}});
    CHECK(world.told.empty());
    world.loads[1].second(World::found("puller"));
  }
  CHECK(world.told == "a:found b:found c:found d:found ");
  world.join("puller", "e");
  CHECK(world.loads.size() == 3);
}

TEST_CASE("what lands after the end touches nothing", "[serve]") {
  World world;
  world.join("puller", "a");
  const bool destroyed = GENERATE(true, false);
  world.flights->cancel();
  if (destroyed) world.flights.reset();
  world.loads[0].second(World::found("puller"));
  CHECK(world.told.empty());
  CHECK(world.copies.find(name_of("puller")) == nullptr);
}

}  // namespace
}  // namespace scoped::serve
