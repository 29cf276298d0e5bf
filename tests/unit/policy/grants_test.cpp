// Not tested here: the grammar of repositories and actions (tests/unit/record).
#include "agent/policy/grants.h"

#include "tests/unit/policy/scene.h"

using namespace scoped;
using namespace scoped::policy;
using scoped::test::error_line;

namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the groups of one repository are joined and repeated actions kept once", "[policy]") {
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

TEST_CASE("a group without an action or with names that do not exist is refused", "[policy]") {
  CHECK(error_line(parse_grants({{"myapp/api"}})).find("needs an action behind it") != std::string::npos);
  CHECK(error_line(parse_grants({{"myapp/api", "pull"}})).find("pull") != std::string::npos);
  CHECK(error_line(parse_grants({{"a*b", "content/read"}})).find("a*b") != std::string::npos);
}

TEST_CASE("actions are read back into grants, whatever the registry lists", "[policy]") {
  CHECK(grants_of({"repositories/a/b/content/read", "repositories/*/metadata/read",
                   "repositories/a/b/content/write"}) ==
        Grants{{"*", {"metadata/read"}}, {"a/b", {"content/read", "content/write"}}});
  CHECK(grants_of({"gateway/edge/config/read"}) == Grants{{"gateway/edge/config/read", {}}});
  for (const char* strange : {"", "/", "repositories/", "repositories/x", "repositories/x/y", "content/read"})
    CHECK(grants_of({strange}) == Grants{{strange, {}}});
}

TEST_CASE("the same actions in another order are the same", "[policy]") {
  CHECK(are_same({"a", "b"}, {"b", "a"}));
  CHECK_FALSE(are_same({"a"}, {"a", "b"}));
}

TEST_CASE("grants are shown by repository", "[policy]") {
  CHECK(grants_text({{"myapp/api", {"content/read", "metadata/read"}}, {"shared/*", {"content/read"}}}) ==
        "myapp/api (content/read, metadata/read); shared/* (content/read)");
}

TEST_CASE("a wrong name is told with the nearest right one", "[policy]") {
  const auto wrong = [](const char* repository, const char* action) {
    return error_line(parse_grants({{repository, action}}));
  };
  CHECK(wrong("myapp/api", "content/raed") ==
        "'--repository myapp/api': 'content/raed' is not an action: did you mean 'content/read'?");
  CHECK(wrong("MyApp/Api", "content/read").ends_with(": did you mean 'myapp/api'?"));
  CHECK(wrong("sample/team*", "content/read").ends_with(": did you mean 'sample/*'?"));
  CHECK(wrong("sample/*/team", "content/read").ends_with(": did you mean 'sample/*'?"));
  CHECK(wrong("team*", "content/read").ends_with(": did you mean '*'?"));
  CHECK(wrong("/myapp/", "content/read").ends_with(": did you mean 'myapp'?"));
  CHECK_FALSE(wrong("a b", "content/read").ends_with("?"));
}

TEST_CASE("a change adds and removes single actions or whole repositories and keeps the rest", "[policy]") {
  const Texts before = {"repositories/a/content/read", "repositories/a/content/write",
                        "repositories/b/content/read", "gateway/edge/config/read"};
  const auto change =
      parse_change({{"c", "content/read"}, {"a", "content/read"}}, {{"a", "content/write"}, {"b"}});
  REQUIRE(change);
  CHECK(apply_change(before, *change) ==
        Texts{"repositories/a/content/read", "gateway/edge/config/read", "repositories/c/content/read"});
}

TEST_CASE("what is removed and was never there changes nothing, but for what looks like a slip", "[policy]") {
  const Texts before = {"repositories/myapp/api/content/read"};
  CHECK(apply_change(before, {{}, {{"other", {"content/read"}}}}) == before);
  CHECK(apply_change(before, {{}, {{"myapp/api", {"content/write"}}}}) == before);
  CHECK(error_line(apply_change(before, {{}, {{"myapp/apy", {}}}})) ==
        "'--remove-repository': it has no repository 'myapp/apy': did you mean 'myapp/api'?");
}

TEST_CASE("a change that contradicts itself or leaves nothing is refused", "[policy]") {
  CHECK(error_line(parse_change({{"a", "content/read"}}, {{"a", "content/read"}})) ==
        "'content/read' of 'a' is both added and removed: give it once");
  CHECK(error_line(parse_change({{"a", "content/read"}}, {{"a"}})).find("both added and removed") !=
        std::string::npos);
  CHECK(error_line(apply_change({"repositories/a/content/read"}, {{}, {{"a", {}}}})).find("nothing would") ==
        0);
}
