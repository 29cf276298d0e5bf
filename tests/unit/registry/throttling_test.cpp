#include "agent/registry/throttling.h"

#include "tests/support/catch.h"

using namespace scoped;

namespace {

std::string key(const std::string& id, const std::string& identity = "host") {
  config::Typed control;
  control.values["resource_id"] = id;
  control.values["identity"] = identity;
  control.values["endpoint"] = std::string("https://arm");
  return registry::throttled_as(control);
}

}  // namespace

TEST_CASE("registries of one subscription are throttled together, however its id is spelt", "[registry]") {
  CHECK(key("/subscriptions/ab/resourceGroups/g/x") == key("/SUBSCRIPTIONS/AB/resourceGroups/h/y"));
  CHECK(key("/subscriptions/ab/resourceGroups/g/x") != key("/subscriptions/cd/resourceGroups/g/x"));
}

TEST_CASE("another identity has a limit of its own", "[registry]") {
  CHECK(key("/subscriptions/ab/x", "host") != key("/subscriptions/ab/x", "other"));
}
