// Not tested here: what the commands write (tests/integration).
#include "agent/ctl/claimed_write.h"

#include "tests/support/fake_registry.h"
#include "tests/support/fake_store.h"
#include "tests/unit/ctl/scene.h"

#include <algorithm>

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// One token with a current password, its record and a registry; everything that a write needs.
struct Stage {
  FakeClock clock;
  SeededRandom random;
  FakeRegistry registry{clock};
  FakeStore store;
  Gathered gathered;

  explicit Stage(bool managed = true) {
    registry.add_token(kToken.token);
    registry.regenerate(kToken.token, record::kPassword1, clock.now() + Seconds(3600));
    gathered.name = kToken;
    gathered.store = &store;
    gathered.control = &registry;
    gathered.token = registry.token(kToken.token);
    if (!managed) return;
    record::Record record = ready();
    record.current->created_at = registry.token(kToken.token).slots[0].created_at;
    (void)store.save(kToken, record, "").value();
    gathered.found = std::move(store.load(kToken).found);
  }

  Claiming claiming() {
    rotate::Policy policy;
    policy.fence_min = Seconds(2);
    policy.fence_max = Seconds(8);
    policy.fence_margin = Seconds(2);
    return {clock, random, policy};
  }
  Result<> disable() {
    return write_under_claim(claiming(), gathered, {[this](const registry::Guard& guard) -> Result<> {
                               seen_pending = store.load(kToken).found &&
                                              store.load(kToken).found->record.pending.has_value();
                               TRY(registry.update_token(kToken.token, {.enabled = false}, guard));
                               return {};
                             }});
  }
  record::Record record() { return std::move(store.load(kToken).found->record); }
  bool seen_pending = false;
};

}  // namespace

TEST_CASE("a write to a managed token stands under a claim that ends with it", "[ctl]") {
  Stage stage;
  REQUIRE(stage.disable());
  CHECK(stage.seen_pending);
  CHECK_FALSE(stage.registry.token(kToken.token).enabled);
  CHECK_FALSE(stage.record().pending);
  CHECK(stage.record().current->slot == record::kPassword1);
}

TEST_CASE("where one instance alone may write, no other sends anything", "[ctl]") {
  Stage stage;
  stage.store.cas = store::CompareAndSet::none;
  stage.gathered.instance = "build7.1";
  auto& rotator = stage.gathered.found->record.rotator;
  CHECK(stage.disable().error().line() ==
        "the store cannot compare and set, and the record names nobody who may write: run 'scopedctl rotator "
        "take myregistry.azurecr.io/ci-main'");
  rotator = record::Rotator{"build8.2"};
  CHECK(stage.disable().error().line() ==
        "the store cannot compare and set, so 'build8.2' alone may write: run it there, or run 'scopedctl "
        "rotator take myregistry.azurecr.io/ci-main'");
  rotator = record::Rotator{"build7.1", stage.clock.now() + Seconds(60)};
  CHECK(stage.disable().error().line().starts_with("it has just been moved here: run it again after "));
  CHECK(stage.registry.token(kToken.token).enabled);
  rotator->from.reset();
  CHECK(stage.disable());
}

TEST_CASE("while somebody's claim or a staged password stands nothing is sent", "[ctl]") {
  const bool staged = GENERATE(false, true);
  Stage stage;
  record::Record& record = stage.gathered.found->record;
  record.pending.emplace();
  record.pending->slot = record::kPassword2;
  record.pending->txn = "theirs";
  record.pending->fence = kNow;
  if (staged) {
    record.pending->phase = record::PendingPhase::generated;
    record.pending->generated = record.current->clone();
  }
  const std::string line = error_line(stage.disable());
  CHECK(has(line, staged ? "is being verified" : "gives it up after 2026-03-01 12:00:02"));
  CHECK(stage.registry.writes == 0);
}

TEST_CASE("whoever is faster holds the write back", "[ctl]") {
  Stage stage;
  const int who = GENERATE(0, 1, 2);
  if (who == 0) {  // an agent wrote the record since it was read
    (void)stage.store.save(kToken, ready(), stage.gathered.found->revision).value();
  } else if (who == 1) {  // somebody generates while the connection is made
    stage.registry.before_last_look = [&stage] {
      stage.registry.regenerate(kToken.token, record::kPassword2, std::nullopt);
    };
  } else {  // the claim is gone in that moment
    stage.registry.before_last_look = [&stage] {
      record::Record taken = ready();
      (void)stage.store.save(kToken, taken, stage.store.load(kToken).found->revision).value();
    };
  }
  CHECK(has(error_line(stage.disable()), "run it again"));
  CHECK(stage.registry.writes == 0);
  CHECK(stage.registry.token(kToken.token).enabled);
  CHECK_FALSE(stage.record().pending);
}

TEST_CASE("a refused write gives its claim back", "[ctl]") {
  Stage stage;
  stage.registry.refusal = Error(ErrorCode::denied, "may not").with_http_status(403);
  CHECK(has(error_line(stage.disable()), "may not"));
  CHECK_FALSE(stage.record().pending);
}

TEST_CASE("after a lost answer the claim stands until nothing can come any more", "[ctl]") {
  Stage stage;
  stage.registry.write_is_lost = true;
  const auto done = stage.disable();
  CHECK(has(error_line(done), "nothing else is sent for this token before"));
  CHECK(done.error().code() == ErrorCode::ambiguous);
  CHECK(stage.record().pending);
}

TEST_CASE("an agent that writes into the claimed record does not lose its change", "[ctl]") {
  Stage stage;
  stage.registry.before_last_look = [&stage] {
    auto found = std::move(*stage.store.load(kToken).found);
    found.record.published["cluster"] = 7;
    (void)stage.store.save(kToken, found.record, found.revision).value();
  };
  REQUIRE(stage.disable());
  CHECK(stage.record().published.at("cluster") == 7);
  CHECK_FALSE(stage.record().pending);
}

TEST_CASE("a token without a record is written to after a last look at its slots", "[ctl]") {
  Stage stage(false);
  SECTION("nobody else is there") {
    REQUIRE(stage.disable());
    CHECK_FALSE(stage.registry.token(kToken.token).enabled);
  }
  SECTION("somebody is faster") {
    stage.registry.before_last_look = [&stage] { stage.registry.wipe(kToken.token); };
    CHECK(has(error_line(stage.disable()), "somebody changed its passwords"));
    CHECK(stage.registry.writes == 0);
  }
  CHECK_FALSE(stage.store.load(kToken).found);
}
