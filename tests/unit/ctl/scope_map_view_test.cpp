// Not tested here: how grants are read (tests/unit/policy).
#include "agent/ctl/scope_map_view.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;

TEST_CASE("a scope map is shown by repository", "[policy]") {
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
