// Not tested here: how the log is read (tests/unit/registry, tests/integration/walk.py).
#include "agent/policy/suggest.h"

#include "agent/policy/plan.h"
#include "tests/unit/policy/world.h"

using namespace scoped;
using namespace scoped::policy;
using namespace scoped::test;

namespace {

Use use(const char* identity, const char* repository, const char* operation, int64_t count = 1) {
  return {identity, repository, operation, "", count, kNow};
}

const Suggestion& of_map(const Suggestions& suggestions, const std::string& name) {
  for (const Suggestion& each : suggestions.all)
    if (each.scope_map == name) return each;
  throw std::out_of_range(name);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a scope map that is used as a whole is as narrow as its use", "[policy]") {
  PolicyWorld world;
  const Suggestions made =
      suggest(world.observed, {use("ci-main", "myapp/api", "Push"), use("node-blue", "myapp/api", "Pull")});
  REQUIRE(made.all.size() == 2);
  CHECK_FALSE(made.all[0].changes);
  CHECK_FALSE(made.all[1].changes);
  CHECK(made.idle.empty());
}

TEST_CASE("what was not used is cut, what was is kept with when it was", "[policy]") {
  PolicyWorld world;
  const Suggestions made = suggest(world.observed, {use("ci-main", "myapp/api", "Pull", 37)});
  const Suggestion& narrowed = of_map(made, "cicd-scope");
  CHECK(narrowed.grants == Grants{{"myapp/api", {"content/read"}}});
  CHECK(text_of(narrowed) ==
        "scope map 'cicd-scope', used by ci-main\n"
        "    myapp/api  content/read    used 37 times, last 2026-03-01 12:00:00\n"
        "  - myapp/api  content/write   not used\n");
  CHECK(made.idle == std::vector<std::string>{"node-blue"});
}

TEST_CASE("a push needs to read too, an untag to delete", "[policy]") {
  CHECK(actions_of_operation("Push") == std::vector<std::string>{"content/read", "content/write"});
  CHECK(actions_of_operation("Untag") == std::vector<std::string>{"content/delete"});
  CHECK(actions_of_operation("Scan").empty());
}

TEST_CASE("a wildcard becomes the repositories that were used under it", "[policy]") {
  PolicyWorld world;
  world.map("app-pull").actions = {"repositories/samples/*/content/read",
                                   "repositories/samples/*/metadata/read"};
  const Suggestions made = suggest(
      world.observed, {use("node-blue", "samples/a", "Pull"), use("node-blue", "samples/b/c", "Pull")});
  const Suggestion& narrowed = of_map(made, "app-pull");
  CHECK(narrowed.grants == Grants{{"samples/a", {"content/read", "metadata/read"}},
                                  {"samples/b/c", {"content/read", "metadata/read"}}});
  CHECK(has(text_of(narrowed), "  - samples/*"));
}

TEST_CASE("metadata of a used repository is kept, since the log does not show its use", "[policy]") {
  PolicyWorld world;
  world.map("app-pull").actions = {"repositories/myapp/api/content/read",
                                   "repositories/myapp/api/metadata/read",
                                   "repositories/myapp/web/metadata/read"};
  const Suggestions made = suggest(world.observed, {use("node-blue", "myapp/api", "Pull")});
  CHECK(of_map(made, "app-pull").grants == Grants{{"myapp/api", {"content/read", "metadata/read"}}});
}

TEST_CASE("a scope map whose tokens were not seen gets no suggestion", "[policy]") {
  PolicyWorld world;
  CHECK(suggest(world.observed, {}).all.empty());
}

TEST_CASE("tokens that share a scope map keep what any of them uses, and are told apart", "[policy]") {
  PolicyWorld world;
  world.add_token("ci-nightly", "cicd-scope");
  const Suggestions made =
      suggest(world.observed, {use("ci-main", "myapp/api", "Push"), use("ci-nightly", "myapp/api", "Pull")});
  const Suggestion& shared = of_map(made, "cicd-scope");
  CHECK_FALSE(shared.changes);
  CHECK(shared.who == "ci-main, ci-nightly");
  CHECK(has(shared.note, "different things"));
}

TEST_CASE("each client of the admin account gets the grants of a token of its own", "[policy]") {
  PolicyWorld world;
  Use admin = use("myregistry", "myapp/api", "Pull");
  admin.address = "10.0.0.7";
  const Suggestions made = suggest(world.observed, {admin});
  REQUIRE(made.all.size() == 1);
  CHECK(made.all[0].who == "the admin account from 10.0.0.7");
  CHECK(made.all[0].grants == Grants{{"myapp/api", {"content/read"}}});
}

TEST_CASE("the configuration holds what changes, and a plan of it takes nothing that was used", "[policy]") {
  PolicyWorld world;
  const auto made =
      suggest(world.observed, {use("ci-main", "myapp/api", "Pull"), use("node-blue", "myapp/api", "Pull")});
  CHECK(
      json::dump(configuration_of("h", world.observed, made)) ==
      R"({"registries":{"h":{"scope_maps":{"cicd-scope":{"repositories":{"myapp/api":["content/read"]}}}}}})");
}

TEST_CASE("events are joined as they come", "[policy]") {
  Uses uses;
  Use early = use("a", "r", "Pull", 2);
  early.last = kNow - Seconds(60);
  uses.add(use("a", "r", "Pull"));
  uses.add(early);
  uses.add(use("a", "r", "Push"));
  REQUIRE(uses.all().size() == 2);
  CHECK(uses.all()[0].count == 3);
  CHECK(uses.all()[0].last == kNow);
}
