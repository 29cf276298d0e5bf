// Scope maps in the model, and a new registry. Not tested here: tokens (model_tokens_test.cpp), HTTP.
#include "tests/emulator/model.h"

#include "tests/support/fake_clock.h"
#include "tests/unit/emulator/contains.h"

#include <set>

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

struct Fixture {
  test::FakeClock clock;
  test::SeededRandom random;
  Model model{new_contents("myregistry", clock.now(), random), Limits{2, 7, 3, 16}};
  Moment moment() const { return {clock.now(), "tester"}; }

  static ScopeMapBody actions(std::vector<std::string> list) { return {{}, std::move(list)}; }
  int put(const std::string& name, const ScopeMapBody& body) {
    const auto put = model.put_scope_map(name, body, moment());
    return put ? 0 : put.error().status;
  }
};

const char* const kRead = "repositories/a/content/read";

}  // namespace

TEST_CASE("a new registry has five system-defined scope maps and ids of its own", "[emulator]") {
  Fixture f;
  REQUIRE(f.model.contents().scope_maps.size() == 5);
  const ScopeMap* pull = f.model.scope_map("_repositories_pull");
  REQUIRE(pull != nullptr);
  CHECK(pull->system_defined);
  CHECK(pull->actions == std::vector<std::string>{"repositories/*/content/read"});
  CHECK(f.model.scope_map("_repositories_admin")->actions.size() == 5);
  const Facts& facts = f.model.facts();
  const std::set<std::string> ids = {facts.tenant, facts.subscription, facts.client_id};
  CHECK(ids.size() == 3);
  CHECK(facts.tenant.size() == 36);
  CHECK(facts.client_secret.size() == 40);
}

TEST_CASE("a guid has the form of a random one", "[emulator]") {
  test::SeededRandom random;
  for (int i = 0; i < 20; ++i) {
    const std::string guid = make_guid(random);
    INFO(guid);
    CHECK(guid.size() == 36);
    CHECK(guid[8] == '-');
    CHECK(guid[14] == '4');
    CHECK(std::string("89ab").find(guid[19]) != std::string::npos);
    CHECK(guid[23] == '-');
  }
}

TEST_CASE("a scope map is made, replaced and keeps its first name and date", "[emulator]") {
  Fixture f;
  const auto made = f.model.put_scope_map("ci-scope", {"first", {{kRead}}}, f.moment());
  REQUIRE(made);
  CHECK(made->created);
  const Instant first = f.clock.now();
  f.clock.advance(Seconds(5));
  const auto replaced = f.model.put_scope_map("CI-Scope", f.actions({}), f.moment());
  REQUIRE(replaced);
  CHECK_FALSE(replaced->created);
  CHECK(replaced->object->name == "ci-scope");
  CHECK(replaced->object->description.empty());
  CHECK(replaced->object->actions.empty());
  CHECK(replaced->object->system.created_at == first);
  CHECK(replaced->object->system.modified_at == f.clock.now());
}

TEST_CASE("a patch changes what it names and replaces the whole list of actions", "[emulator]") {
  Fixture f;
  REQUIRE(f.put("ci-scope", {"first", {{kRead, "repositories/b/content/read"}}}) == 0);
  REQUIRE(f.model.patch_scope_map("ci-scope", {"second", {}}, f.moment()));
  CHECK(f.model.scope_map("ci-scope")->actions.size() == 2);
  REQUIRE(f.model.patch_scope_map("ci-scope", f.actions({kRead}), f.moment()));
  CHECK(f.model.scope_map("ci-scope")->description == "second");
  CHECK(f.model.scope_map("ci-scope")->actions == std::vector<std::string>{kRead});
}

TEST_CASE("a wrong scope map is refused and nothing is changed", "[emulator]") {
  Fixture f;
  REQUIRE(f.put("ci-scope", {"kept", {{kRead}}}) == 0);
  struct Row {
    const char* why;
    const char* name;
    ScopeMapBody body;
  };
  for (const Row& row : {Row{"short name", "abcd", f.actions({kRead})},
                         {"bad character", "bad name", f.actions({kRead})},
                         {"no actions", "ci-scope", {}},
                         {"unknown operation", "ci-scope", f.actions({"repositories/a/content/execute"})},
                         {"wildcard inside", "ci-scope", f.actions({"repositories/a/*/b/content/read"})},
                         {"too many actions", "ci-scope", f.actions({kRead, kRead, kRead, kRead})},
                         {"long description", "ci-scope", {std::string(17, 'x'), {{kRead}}}}}) {
    INFO(row.why);
    CHECK(f.put(row.name, row.body) == 400);
  }
  CHECK(f.model.scope_map("ci-scope")->description == "kept");
  CHECK(f.model.patch_scope_map("ci-scope", f.actions({"nonsense"}), f.moment()).error().status == 400);
  CHECK(f.model.patch_scope_map("nowhere", f.actions({}), f.moment()).error().status == 404);
}

TEST_CASE("the number of scope maps is limited", "[emulator]") {
  Fixture f;  // 7, and 5 are there
  REQUIRE(f.put("scope-1", f.actions({})) == 0);
  REQUIRE(f.put("scope-2", f.actions({})) == 0);
  CHECK(f.put("scope-3", f.actions({})) == 400);
  CHECK(f.put("scope-2", f.actions({kRead})) == 0);
}

TEST_CASE("what the system defines can be neither replaced, patched nor removed", "[emulator]") {
  Fixture f;
  CHECK(f.put("_repositories_pull", f.actions({kRead})) == 400);
  CHECK(f.model.patch_scope_map("_Repositories_Pull", f.actions({}), f.moment()).error().status == 400);
  CHECK(f.model.delete_scope_map("_repositories_pull").error().status == 400);
}

TEST_CASE("a scope map that a token uses stays", "[emulator]") {
  Fixture f;
  REQUIRE(f.put("ci-scope", f.actions({kRead})) == 0);
  REQUIRE(f.model.put_token("ci-main", {f.model.child_id("scopeMaps", "ci-scope"), {}, {}}, f.moment()));
  const auto refused = f.model.delete_scope_map("ci-scope");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 409);
  CHECK_THAT(refused.error().message, Contains("ci-main"));
  CHECK(f.model.delete_token("ci-main"));
  CHECK(f.model.delete_scope_map("ci-scope") == true);
  CHECK(f.model.delete_scope_map("ci-scope") == false);
}

TEST_CASE("pages follow each other in the order of names until none is left", "[emulator]") {
  Fixture f;
  const auto& maps = f.model.contents().scope_maps;
  const auto first = page(maps, "", 3);
  REQUIRE(first.size() == 3);
  const auto second = page(maps, lower(first.back()->name), 3);
  REQUIRE(second.size() == 2);
  CHECK(first.back()->name < second.front()->name);
  CHECK(page(maps, lower(second.back()->name), 3).empty());
}
