// Not tested here: that the plan is carried out (tests/integration).
#include "agent/ctl/creation_plan.h"

#include "tests/support/fake_store.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

using Slots = std::vector<registry::SlotState>;

struct World {
  std::optional<registry::TokenState> token;
  std::optional<record::Record> record;

  TokenFacts facts() const {
    TokenFacts facts;
    facts.token = token ? &*token : nullptr;
    if (token) facts.live = live_slots(*token, TimeInterval{kNow, kNow});
    facts.record = record ? &*record : nullptr;
    return facts;
  }
};

registry::TokenState token(Slots slots) {
  return {kToken.token, "app-pull", true, "Succeeded", std::move(slots)};
}

std::string creation(const World& world, const std::string& scope_map = "app-pull") {
  const auto plan = plan_creation(kToken, world.facts(), scope_map);
  if (!plan) return plan.error().line();
  return *plan == Creation::create ? "create" : *plan == Creation::adopt ? "adopt" : "resume";
}

std::string generation(const World& world) {
  const auto plan = plan_generation(kToken, world.facts());
  if (!plan) return plan.error().line();
  return *plan == Generation::adopt ? "adopt" : *plan == Generation::first ? "first" : "rotate";
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Slots kLapsed = {slot("password1", kNow - Seconds(1))};

}  // namespace

TEST_CASE("a token that the registry does not have is created, whatever the store holds", "[ctl]") {
  CHECK(creation({}) == "create");
  CHECK(creation({{}, not_ready()}) == "create");
  CHECK(creation({{}, ready()}) == "create");
}

TEST_CASE("a creation that was interrupted goes on", "[ctl]") {
  CHECK(creation({token({}), {}}) == "adopt");
  CHECK(creation({token(kLapsed), {}}) == "adopt");
  CHECK(creation({token({}), not_ready()}) == "resume");
  World claimed{token({slot("password1")}), not_ready("password2")};
  claimed.record->pending.emplace().slot = "password1";
  CHECK(creation(claimed) == "resume");
}

TEST_CASE("a token with somebody's passwords is never taken over by a creation", "[ctl]") {
  const std::string line = creation({token({slot("password1"), slot("password2")}), {}});
  CHECK(has(line, "has password1 (made"));
  CHECK(has(line, "and no record: run 'scopedctl import myregistry.azurecr.io ci-main'"));
  CHECK(has(creation({token({slot("password1")}), not_ready("password2")}),
            "somebody made a password in password1"));
  CHECK(creation({token({slot("password2")}), not_ready("password2")}) == "resume");
}

TEST_CASE("a token that exists is told with what to do about it", "[ctl]") {
  CHECK(
      has(creation({token({slot("password1")}), ready()}), "exists and has its password: 'scopedctl status"));
  CHECK(has(creation({token({}), {}}, "app-push"), "exists with scope map 'app-pull', not 'app-push'"));
}

TEST_CASE("generate makes the first password or rotates, and leaves strangers alone", "[ctl]") {
  CHECK(has(generation({}), "no such token: run 'scopedctl token create'"));
  CHECK(generation({token({}), {}}) == "adopt");
  CHECK(generation({token({}), not_ready()}) == "first");
  CHECK(generation({token({slot("password1")}), ready()}) == "rotate");
  CHECK(has(generation({token({slot("password2")}), {}}), "no record: run 'scopedctl import"));
  CHECK(has(generation({token({slot("password1")}), not_ready()}), "somebody made a password in password1"));
}

TEST_CASE("without the registry's time every password counts as live", "[ctl]") {
  CHECK(live_slots(token(kLapsed), std::nullopt).size() == 1);
  CHECK(live_slots(token(kLapsed), TimeInterval{kNow, kNow}).empty());
  const TimeInterval unsure{kNow - Seconds(2), kNow + Seconds(2)};
  CHECK(live_slots(token(kLapsed), unsure).size() == 1);
}

TEST_CASE("a record counts as absent only where that is proven", "[ctl]") {
  FakeStore store;
  const auto absent = load_record(store, kToken);
  REQUIRE(absent);
  CHECK_FALSE(absent->has_value());
  store.put(ready());
  CHECK(load_record(store, kToken).value()->record.generation == 3);
  store.next_load = store::LoadState::unavailable;
  CHECK(has(error_line(load_record(store, kToken)),
            "record of 'myregistry.azurecr.io/ci-main': the fake store"));
}
