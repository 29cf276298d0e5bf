// Not tested here: what the move is good for (tests/crash, world "a store that cannot compare and set").
#include "agent/ctl/take_rotator.h"

#include "tests/support/fake_store.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

struct Stage {
  FakeStore store;
  Taking taking{"build7.1", {kNow - Seconds(1), kNow}, Seconds(100)};

  explicit Stage(std::optional<record::Rotator> rotator = record::Rotator{"build8.2"}) {
    store.cas = store::CompareAndSet::none;
    record::Record record = ready();
    record.rotator = std::move(rotator);
    store.put(record);
  }
  Result<Taken> take() { return take_rotator(store, kToken, taking); }
  record::Record& record() { return store.record(kToken); }
};

}  // namespace

TEST_CASE("A rotation is moved here, to begin when nobody else can write any more", "[ctl]") {
  Stage stage;
  const auto taken = stage.take();
  REQUIRE(taken);
  CHECK(taken->before == "build8.2");
  CHECK(taken->from == kNow + Seconds(100));
  CHECK(stage.record().rotator->instance == "build7.1");
  CHECK(stage.record().rotator->from == kNow + Seconds(100));
}

TEST_CASE("A move leaves another's claim and its staged password in the record", "[ctl]") {
  Stage stage;
  auto& pending = stage.record().pending.emplace();
  pending.txn = "theirs";
  pending.slot = record::kPassword2;
  pending.phase = record::PendingPhase::generated;
  pending.generated = stage.record().current->clone();
  REQUIRE(stage.take());
  REQUIRE(stage.record().pending);
  CHECK(stage.record().pending->generated->password.reveal() == "hidden");
}

TEST_CASE("A move is not begun anew where it is here already", "[ctl]") {
  Stage stage(record::Rotator{"build7.1", kNow + Seconds(5)});
  const int saves = stage.store.saves;
  CHECK(stage.take()->from == kNow + Seconds(5));
  CHECK(stage.store.saves == saves);
}

TEST_CASE("A record that names nobody can be taken", "[ctl]") {
  Stage stage(std::nullopt);
  CHECK(stage.take()->before.empty());
  CHECK(stage.record().rotator->instance == "build7.1");
}

TEST_CASE("A move whose answer was lost is read back", "[ctl]") {
  Stage stage;
  stage.store.next_save = FakeStore::SaveFault::lost_answer;
  CHECK(stage.take());
}

TEST_CASE("A move that another's save has undone is not told as done", "[ctl]") {
  Stage stage;
  stage.store.after_save = [&stage] { stage.record().rotator = record::Rotator{"build8.2"}; };
  CHECK(stage.take().error().line() == "its record was changed in this moment: run it again");
}

TEST_CASE("There is nothing to take where the store compares, where no record is, and for nobody", "[ctl]") {
  Stage stage;
  stage.store.cas = store::CompareAndSet::native;
  CHECK(
      stage.take().error().line() ==
      "fake store compares and sets: every agent with the duty 'rotate' may rotate, and there is nothing to "
      "move");
  stage.store.cas = store::CompareAndSet::none;
  stage.taking.instance.clear();
  CHECK(stage.take().error().code() == ErrorCode::configuration);
  stage.taking.instance = "build7.1";
  (void)stage.store.erase(kToken);
  CHECK(stage.take().error().code() == ErrorCode::not_found);
}
