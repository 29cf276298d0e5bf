// Not tested here: how a plan is carried out (tests/integration/apply.py).
#include "agent/policy/plan.h"

#include "tests/unit/policy/world.h"

using namespace scoped;
using namespace scoped::policy;
using namespace scoped::test;

namespace {

using Lines = std::vector<std::string>;

Plan plan_of(const PolicyWorld& world, bool prune = false) {
  return make_plan(world.observed, {prune}).value();
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what is as it should be is kept", "[policy]") {
  const Plan plan = plan_of(PolicyWorld());
  CHECK(plan.steps.empty());
  CHECK(plan.kept == 4);
  CHECK(plan.notes.empty());
  CHECK(summary_of(plan) == "0 to create, 0 to change, 0 to delete, 4 stay as they are");
}

TEST_CASE("what is missing is created, scope maps before the tokens that need them", "[policy]") {
  PolicyWorld world;
  world.written.scope_maps["web-pull"].repositories = {{"myapp/web", {"content/read"}}};
  world.written.tokens["node-green"].scope_map = "web-pull";
  CHECK(text_of(plan_of(world)) ==
        "+ scope map 'web-pull' is created\n    grants myapp/web (content/read)\n"
        "+ token 'node-green' is created\n    scope map 'web-pull', and its first password goes into the "
        "store\n");
}

TEST_CASE("a change says in words what each token may do, and no longer", "[policy]") {
  PolicyWorld world;
  world.written.scope_maps["cicd-scope"].repositories = {{"myapp/api", {"content/read"}},
                                                         {"myapp/web", {"content/delete"}}};
  CHECK(text_of(plan_of(world)) ==
        "~ scope map 'cicd-scope' changes\n    ci-main may now delete in myapp/web\n"
        "    ci-main may no longer push to myapp/api\n");
}

TEST_CASE("a wildcard that takes a repository's place takes nothing away", "[policy]") {
  CHECK(meaning_of_change("x", {"repositories/a/b/content/read"}, {"repositories/a/*/content/read"}) ==
        Lines{"x may now pull from a/*"});
}

TEST_CASE("another scope map of a token is told by what it changes for it", "[policy]") {
  PolicyWorld world;
  world.written.tokens["ci-main"].scope_map = "app-pull";
  const Plan plan = plan_of(world);
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps[0].wanted_map == "app-pull");
  CHECK(plan.steps[0].meaning ==
        Lines{"scope map 'app-pull' instead of 'cicd-scope'", "ci-main may no longer push to myapp/api"});
}

TEST_CASE("a token that was begun and has no password yet is brought to its end", "[policy]") {
  PolicyWorld world;
  world.token("ci-main").slots.clear();
  world.observed.records.erase("ci-main");
  const Plan plan = plan_of(world);
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps[0].first_password);
  world.token("ci-main").enabled = false;  // a disabled one waits
  CHECK(plan_of(world).steps.empty());
}

TEST_CASE("a token whose passwords are somebody's is left alone, with the import to run", "[policy]") {
  PolicyWorld world;
  world.observed.records.erase("ci-main");
  const Plan plan = plan_of(world);
  CHECK(plan.steps.empty());
  REQUIRE(plan.notes.size() == 1);
  CHECK(has(plan.notes[0], "scopedctl import myregistry.azurecr.io ci-main"));
}

TEST_CASE("what is in no file stays, and goes with --prune: tokens first, with whom it hits", "[policy]") {
  PolicyWorld world;
  world.written.tokens.erase("node-blue");
  world.written.scope_maps.erase("app-pull");
  const Plan plan = plan_of(world);
  CHECK(plan.steps.empty());
  CHECK(plan.notes == Lines{"token 'node-blue' is in no file and stays ('--prune' deletes it)"});
  CHECK(
      text_of(plan_of(world, true)) ==
      "- token 'node-blue' is deleted\n    whoever uses password1, made 2026-02-28 12:00:00, is refused from "
      "then on\n- scope map 'app-pull' is deleted\n    no token uses it then\n");
}

TEST_CASE("--prune leaves a scope map that a token keeps", "[policy]") {
  PolicyWorld world;
  world.written.scope_maps.erase("app-pull");
  CHECK(plan_of(world, true).steps.empty());  // node-blue names it
  world.written.tokens["node-blue"].scope_map.clear();
  CHECK(plan_of(world, true).steps.empty());  // node-blue has it
}

TEST_CASE("the registry's own scope maps are never touched", "[policy]") {
  PolicyWorld world;
  world.map("app-pull").system_defined = true;
  world.written.scope_maps["app-pull"].repositories = {{"*", {"content/read"}}};
  CHECK(plan_of(world, true).steps.empty());
}

TEST_CASE("a scope map that is nowhere is told with the nearest one, before anything is done", "[policy]") {
  PolicyWorld world;
  world.written.tokens["ci-main"].scope_map = "cicd-scop";
  CHECK(error_line(make_plan(world.observed, {})) ==
        "/etc/scoped/config.json:20: token 'ci-main': scope map 'cicd-scop' is neither here nor in the "
        "registry: "
        "did you mean 'cicd-scope'?");
  world.written.tokens["ci-main"].scope_map = "cicd-scope";
  world.written.tokens["new-token"].origin = {"f.json", 7, false};
  CHECK(has(error_line(make_plan(world.observed, {})), "f.json:7: token 'new-token' is to be made"));
}

TEST_CASE("a description is changed where one is written, and stays where none is", "[policy]") {
  PolicyWorld world;
  world.map("app-pull").description = "old";
  CHECK(plan_of(world).steps.empty());
  world.written.scope_maps["app-pull"].description = "new";
  const Plan plan = plan_of(world);
  REQUIRE(plan.steps.size() == 1);
  CHECK_FALSE(plan.steps[0].scope_map.actions);
  CHECK(plan.steps[0].scope_map.description == "new");
}
