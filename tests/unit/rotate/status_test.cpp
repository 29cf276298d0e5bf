// Not tested here: the roles of slots in a rotation (session_test.cpp).
#include "agent/rotate/status.h"

#include "tests/support/catch.h"
#include "tests/unit/rotate/scene.h"

using namespace scoped;
using namespace scoped::test;

namespace {

rotate::TokenStatus status_of(const Scene& scene) {
  return rotate::make_status(scene.record.name(), scene.policy, scene.observed, {});
}

}  // namespace

TEST_CASE("a slot that was handed to an outsider is told as such", "[rotate]") {
  Scene scene;
  scene.record.previous.reset();
  scene.record.external_slot = "password2";
  scene.observed.slots["password2"] = {second(0), second(90)};
  CHECK(status_of(scene.at(10)).slots[1].role == "handed over");
}

TEST_CASE("a person is warned before an outsider's password ends, and after", "[rotate]") {
  Scene scene;
  scene.record.previous.reset();
  scene.record.external_slot = "password2";
  scene.observed.slots["password2"] = {second(0), second(90)};
  CHECK(status_of(scene.at(59)).problem.empty());
  const std::string line =
      "password2, handed to an outsider, ends at 2026-03-01 12:01:30: run 'scopedctl "
      "credential hand-over myregistry.azurecr.io/token --force' with them";
  CHECK(status_of(scene.at(61)).problem == line);
  CHECK(status_of(scene.at(200)).problem == line);
}
