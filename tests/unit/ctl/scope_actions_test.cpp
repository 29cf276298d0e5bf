// Not tested here: the grammar of repositories and actions (tests/unit/record).
#include "agent/ctl/scope_actions.h"

#include "agent/ctl/scope_map_view.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using scoped::test::error_line;

namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the groups of one repository are joined and repeated actions kept once", "[ctl]") {
  const auto grants = parse_grants({{"myapp/api", "content/write", "content/read"},
                                    {"shared/*", "content/read"},
                                    {"myapp/api", "content/read", "metadata/read"}});
  REQUIRE(grants);
  CHECK(*grants == Grants{{"myapp/api", {"content/write", "content/read", "metadata/read"}},
                          {"shared/*", {"content/read"}}});
  CHECK(actions_of(*grants) ==
        Texts{"repositories/myapp/api/content/write", "repositories/myapp/api/content/read",
              "repositories/myapp/api/metadata/read", "repositories/shared/*/content/read"});
}

TEST_CASE("a group without an action or with names that do not exist is refused", "[ctl]") {
  CHECK(error_line(parse_grants({{"myapp/api"}})).find("needs an action behind it") != std::string::npos);
  CHECK(error_line(parse_grants({{"myapp/api", "pull"}})).find("pull") != std::string::npos);
  CHECK(error_line(parse_grants({{"a*b", "content/read"}})).find("a*b") != std::string::npos);
}

TEST_CASE("actions are read back into grants, whatever the registry lists", "[ctl]") {
  CHECK(grants_of({"repositories/a/b/content/read", "repositories/*/metadata/read",
                   "repositories/a/b/content/write"}) ==
        Grants{{"*", {"metadata/read"}}, {"a/b", {"content/read", "content/write"}}});
  CHECK(grants_of({"gateway/edge/config/read"}) == Grants{{"gateway/edge/config/read", {}}});
  for (const char* strange : {"", "/", "repositories/", "repositories/x", "repositories/x/y", "content/read"})
    CHECK(grants_of({strange}) == Grants{{strange, {}}});
}

TEST_CASE("the same actions in another order are the same", "[ctl]") {
  CHECK(are_same({"a", "b"}, {"b", "a"}));
  CHECK_FALSE(are_same({"a"}, {"a", "b"}));
}

TEST_CASE("a scope map is shown by repository", "[ctl]") {
  const registry::ScopeMapState map{
      "app-pull",
      "for the cluster",
      false,
      {"repositories/myapp/api/content/read", "repositories/shared/*/content/read"}};
  CHECK(grants_line(map) == "myapp/api (content/read); shared/* (content/read)");
  CHECK(scope_map_text(map) ==
        "name         app-pull\ndescription  for the cluster\nmade by      a person\n\n"
        "REPOSITORY  ACTIONS\nmyapp/api   content/read\nshared/*    content/read\n");
  CHECK(json::dump(scope_map_json(map)) ==
        R"({"name":"app-pull","description":"for the cluster","system_defined":false,)"
        R"("repositories":{"myapp/api":["content/read"],"shared/*":["content/read"]},)"
        R"("actions":["repositories/myapp/api/content/read","repositories/shared/*/content/read"]})");
}
