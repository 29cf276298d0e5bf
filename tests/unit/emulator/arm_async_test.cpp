// Asynchronous answers of ARM. Not tested here: what is written (arm_test.cpp).
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

// The target of an absolute address.
std::string target_of(const std::string& address) {
  REQUIRE(address.starts_with("https://localhost:1/"));
  return address.substr(19);
}

}  // namespace

TEST_CASE("a token is Creating until its operation has succeeded", "[emulator]") {
  World w;
  REQUIRE(w.arm("PUT", "/scopeMaps/pullers", R"({"properties":{"actions":[]}})").status == 200);
  w.arm_fault(R"({"fault":"async","match":"PUT","polls":2,"retry_after":1})");
  const Answer created = w.arm("PUT", "/tokens/node-blue", w.token_body());
  CHECK(created.status == 201);
  CHECK(text_at(created, {"properties", "provisioningState"}) == "Creating");
  CHECK(header(created, "Retry-After") == "1");
  const std::string target = target_of(header(created, "Azure-AsyncOperation"));
  for (int i = 0; i < 2; ++i) {
    const Answer poll = w.control("GET", target);
    CHECK(poll.body == R"({"status":"Creating"})");
    CHECK(header(poll, "Retry-After") == "1");
    CHECK(text_at(w.arm("GET", "/tokens/node-blue"), {"properties", "provisioningState"}) == "Creating");
  }
  CHECK(w.control("GET", target).body == R"({"status":"Succeeded"})");
  CHECK(text_at(w.arm("GET", "/tokens/node-blue"), {"properties", "provisioningState"}) == "Succeeded");
}

TEST_CASE("generated passwords come with the last poll", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"async","match":"generateCredentials"})");
  const Answer accepted = w.generate();
  CHECK(accepted.status == 202);
  CHECK(header(accepted, "Retry-After").empty());
  const std::string target = target_of(header(accepted, "Location"));
  for (int i = 0; i < 2; ++i) {
    const Answer poll = w.control("GET", target);
    CHECK(poll.status == 202);
    CHECK(target_of(header(poll, "Location")) == target);
  }
  const Answer done = w.control("GET", target);
  CHECK(done.status == 200);
  CHECK(text_at(done, {"username"}) == "node-blue");
  CHECK(w.control("GET", target).body == done.body);
}

TEST_CASE("a poll wants a bearer, and may bring a newer one", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"async","match":"generateCredentials","polls":0})");
  const std::string target = target_of(header(w.generate(), "Location"));
  w.clock.advance(Seconds(60));
  CHECK(w.control("GET", target).status == 401);
  w.bearer = w.fresh_bearer();
  CHECK(w.control("GET", target).status == 200);
}

TEST_CASE("scope maps and deletions can be asynchronous too", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"async","polls":0,"match":"PATCH"})");
  const Answer patched = w.arm("PATCH", "/scopeMaps/pullers", R"({"properties":{"description":"new"}})");
  CHECK(patched.status == 201);
  CHECK(w.control("GET", target_of(header(patched, "Azure-AsyncOperation"))).body ==
        R"({"status":"Succeeded"})");
  w.arm_fault(R"({"fault":"async","polls":0,"match":"DELETE"})");
  const Answer deleted = w.arm("DELETE", "/tokens/node-blue");
  CHECK(deleted.status == 202);
  CHECK(w.control("GET", target_of(header(deleted, "Location"))).status == 200);
  CHECK(w.arm("DELETE", "/tokens/node-blue").status == 204);
}

TEST_CASE("an unknown operation is not found", "[emulator]") {
  World w;
  CHECK(w.arm("GET", "/operationStatuses/registries-0").status == 404);
}
