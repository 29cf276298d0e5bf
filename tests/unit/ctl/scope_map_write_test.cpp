// Not tested here: what is sent (tests/unit/registry/acr_update_test.cpp).
#include "agent/ctl/scope_map_write.h"

#include "tests/unit/ctl/scene.h"
#include "tests/unit/registry/arm.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

const std::string kMap = arm_url("scopeMaps/app-pull");

test::Answer body_with(const std::string& action) {
  return {200, R"({"name":"app-pull","properties":{"description":"","actions":["repositories/)" + action +
                   "\"]}}"};
}

registry::ScopeMapState seen() { return {"app-pull", "", false, {"repositories/a/content/read"}}; }
registry::ScopeMapChange wanted() {
  return {.actions = std::vector<std::string>{"repositories/b/content/read"}};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a scope map is read again just before it is written and just after", "[ctl]") {
  Arm arm;
  arm.transport.answer("GET " + kMap, body_with("a/content/read"));
  arm.transport.answer("GET " + kMap, body_with("b/content/read"));
  arm.transport.answer("PATCH " + kMap, body_with("b/content/read"));
  const auto written = write_scope_map(*arm.plane, seen(), wanted());
  REQUIRE(written);
  CHECK(written->actions == std::vector<std::string>{"repositories/b/content/read"});
  CHECK(arm.transport.lines() == "GET " + kMap + "; PATCH " + kMap + "; GET " + kMap);
}

TEST_CASE("what somebody changed since the first look is not overwritten", "[ctl]") {
  Arm arm;
  arm.transport.answer("GET " + kMap, body_with("c/content/read"));
  arm.transport.answer("PATCH " + kMap, body_with("b/content/read"));
  CHECK(has(error_line(write_scope_map(*arm.plane, seen(), wanted())), "nothing was sent: run it again"));
  CHECK_FALSE(has(arm.transport.lines(), "PATCH"));
}

TEST_CASE("a race that is lost all the same is told, with what holds now", "[ctl]") {
  Arm arm;
  arm.transport.answer("GET " + kMap, body_with("a/content/read"));
  arm.transport.answer("GET " + kMap, body_with("c/content/read"));
  arm.transport.answer("PATCH " + kMap, body_with("b/content/read"));
  CHECK(has(error_line(write_scope_map(*arm.plane, seen(), wanted())),
            "at the same moment and it is now c (content/read)"));
}
