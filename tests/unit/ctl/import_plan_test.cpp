// Not tested here: that the plan is carried out (tests/integration).
#include "agent/ctl/import_plan.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

using Slots = std::vector<registry::SlotState>;
using Kind = ImportPlan::Kind;

const Slots kNone;
const Slots kFirst = {slot("password1")};
const Slots kSecond = {slot("password2")};
const Slots kBoth = {slot("password1"), slot("password2", std::nullopt)};

// The plan as text: "generate password1, reserve password2", "use password1", "ask for slot", "go on", or the
// error's line.
std::string plan(const Slots& live, const ImportAsked& asked, const record::Record* record = nullptr) {
  const auto planned = plan_import(kToken, live, record, asked);
  if (!planned) return planned.error().line();
  switch (planned->kind) {
    case Kind::go_on:
      return "go on";
    case Kind::generate:
      return "generate " + planned->slot + ", reserve " + planned->reserved;
    case Kind::use_password:
      return planned->slot.empty() ? "ask for slot" : "use " + planned->slot;
  }
  return "";
}

ImportAsked free_slot(const std::string& slot) { return {.slot = {}, .free_slot = slot}; }
ImportAsked named(const std::string& slot) { return {.slot = slot, .free_slot = {}}; }
ImportAsked piped(std::optional<std::string> slot = {}) {
  return {.slot = std::move(slot), .free_slot = {}, .password_given = true};
}
ImportAsked terminal(std::optional<std::string> slot = {}) {
  return {.slot = std::move(slot), .free_slot = {}, .password_given = false, .can_ask = true};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("import generates where no live password is lost and never guesses", "[ctl]") {
  struct Row {
    const char* sentence;
    Slots live;
    ImportAsked asked;
    std::string expected;
  };
  const Row table[] = {
      {"no slot used: the first one is generated", kNone, {}, "generate password1, reserve password2"},
      {"no slot used, a free slot named", kNone, free_slot("password2"),
       "generate password2, reserve password1"},
      {"no slot used, on a terminal nothing is asked", kNone, terminal(),
       "generate password1, reserve password2"},
      {"one used: the other one", kFirst, {}, "generate password2, reserve password1"},
      {"the other one used: the first", kSecond, {}, "generate password1, reserve password2"},
      {"one used, on a terminal nothing is asked", kFirst, terminal(),
       "generate password2, reserve password1"},
      {"one used and given up", kFirst, free_slot("password1"), "generate password1, reserve password2"},
      {"one used, its password given: it is in that slot", kSecond, piped(), "use password2"},
      {"one used, its password given with the slot", kSecond, piped("password2"), "use password2"},
      {"one used, the slot named on a terminal", kSecond, terminal("password2"), "use password2"},
      {"both used, one given up", kBoth, free_slot("password2"), "generate password2, reserve password1"},
      {"both used, on a terminal: password and slot are asked for", kBoth, terminal(), "ask for slot"},
      {"both used, on a terminal with the slot", kBoth, terminal("password2"), "use password2"},
      {"both used, password given with its slot", kBoth, piped("password1"), "use password1"},
  };
  for (const Row& row : table) {
    INFO(row.sentence);
    CHECK(plan(row.live, row.asked) == row.expected);
  }
}

TEST_CASE("import refuses what does not fit the slots and says what to give", "[ctl]") {
  const std::string both = plan(kBoth, {});
  CHECK(has(both, "password1 (made 2026-03-01 11:59:00, until 2026-03-01 13:00:00)"));
  CHECK(has(both, "password2 (made 2026-03-01 11:59:00, never expires)"));
  CHECK(has(both, "'--password-stdin --slot SLOT'"));
  CHECK(has(both, "'--free-slot SLOT'"));
  CHECK(plan(kBoth, named("password1")) == both);
  CHECK(has(plan(kBoth, piped()), "say with '--slot' which one holds the password"));
  CHECK(has(plan(kNone, piped()), "no slot holds a live password: run 'scopedctl import"));
  CHECK(has(plan(kFirst, piped("password2")), "password2 holds no live password, only password1"));
  CHECK(has(plan(kFirst, named("password1")), "give it with '--password-stdin'"));
}

TEST_CASE("a token that has its password is not imported again", "[ctl]") {
  const record::Record record = ready();
  for (const ImportAsked& asked : {ImportAsked{}, free_slot("password1"), terminal()})
    CHECK(has(plan(kBoth, asked, &record), "is imported already, generation 3"));
}

TEST_CASE("an import that was interrupted goes on, unless somebody came in between", "[ctl]") {
  record::Record record = not_ready("password1");
  CHECK(plan(kFirst, {}, &record) == "go on");
  CHECK(plan(kNone, terminal(), &record) == "go on");
  CHECK(has(plan(kBoth, {}, &record), "both slots are"));
  CHECK(plan(kBoth, free_slot("password2"), &record) == "generate password2, reserve password1");
  CHECK(plan(kFirst, piped(), &record) == "use password1");
  record.pending.emplace();
  record.pending->slot = "password2";
  CHECK(plan(kBoth, {}, &record) == "go on");
}

TEST_CASE("a plan is told in a few words", "[ctl]") {
  CHECK(describe_plan(plan_import(kToken, kFirst, nullptr, {})) ==
        "generates password2, leaves password1 alone");
  CHECK(describe_plan(plan_import(kToken, kBoth, nullptr, terminal())) ==
        "asks for one password, or for --free-slot");
  const record::Record record = not_ready();
  CHECK(describe_plan(plan_import(kToken, kNone, &record, {})) == "goes on with an import begun earlier");
}

TEST_CASE("a slot may be named by when its password was made", "[ctl]") {
  const Slots live = {{"password1", kNow, std::nullopt}, {"password2", kNow - Seconds(60), std::nullopt}};
  CHECK(slot_by_time("oldest", live) == "password2");
  CHECK(slot_by_time("newest", live) == "password1");
  CHECK(slot_by_time("password1", live) == "password1");
  CHECK_FALSE(slot_by_time(std::nullopt, live));
}

TEST_CASE("after an import a person is told what is left to do, and nothing where all is well", "[ctl]") {
  const registry::SlotState expiring = slot("password1"), forever = slot("password1", std::nullopt);
  const registry::SlotState other = slot("password2", std::nullopt);
  CHECK(steps_after_import(kToken, expiring, nullptr).empty());
  CHECK(steps_after_import(kToken, expiring, &other).size() == 1);
  const auto steps = steps_after_import(kToken, forever, &other);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].find("credential delete --registry myregistry.azurecr.io --name ci-main --password2") !=
        std::string::npos);
  CHECK(steps[1].starts_with("then 'scopedctl rotate myregistry.azurecr.io/ci-main'"));
  CHECK(steps[2].starts_with("password1 itself never expires"));
}
