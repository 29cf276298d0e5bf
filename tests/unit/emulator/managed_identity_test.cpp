// What a machine and an App Service of Azure ask their own machine for.
#include "tests/emulator/managed_identity.h"

#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

const std::string kMachine = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=";
const std::string kService = "/msi/token?api-version=2019-08-01&resource=";
const std::string kArmResource = "https://management.azure.com/";

Answer send(World& w, const std::string& method, const std::string& target, Fields headers,
            const std::string& body = "") {
  const RouteTable tables[] = {kIdentityTokens};
  return w.site.serve(make_request(method, target, std::move(headers), body).value(), tables,
                      kManagedIdentity);
}

bool opens_arm(World& w, const Answer& answer) {
  if (answer.status != 200) return false;
  w.bearer = text_at(answer, {"access_token"});
  return w.arm("GET", "/tokens").status == 200;
}

}  // namespace

TEST_CASE("each form of a managed identity gives a bearer for ARM", "[emulator]") {
  World w;
  CHECK(opens_arm(w, send(w, "GET", kMachine + kArmResource, {{"Metadata", "true"}})));
  CHECK(opens_arm(w, send(w, "GET", kService + kArmResource, {{"X-IDENTITY-HEADER", "a-header"}})));
  CHECK(opens_arm(w, send(w, "GET", kService + kArmResource, {{"secret", "a-header"}})));
  CHECK(opens_arm(w, send(w, "POST", "/msi/token",
                          {{"Metadata", "true"}, {"Content-Type", "application/x-www-form-urlencoded"}},
                          "resource=" + kArmResource)));
}

TEST_CASE("the end of the bearer is told as each form tells it", "[emulator]") {
  World w;
  const std::string ends = std::to_string(unix_seconds(w.clock.now()) + 60);
  const Answer machine = send(w, "GET", kMachine + kArmResource, {{"Metadata", "true"}});
  CHECK(text_at(machine, {"expires_on"}) == ends);
  CHECK(text_at(machine, {"expires_in"}) == "60");
  CHECK(text_at(machine, {"resource"}) == kArmResource);
  CHECK(text_at(send(w, "GET", kService + kArmResource, {{"X-IDENTITY-HEADER", "a-header"}}),
                {"expires_on"}) == ends);
  CHECK_THAT(text_at(send(w, "GET", kService + kArmResource, {{"secret", "a-header"}}), {"expires_on"}),
             Catch::Matchers::EndsWith(" +00:00") && Contains("/"));
}

TEST_CASE("the one identity may be named and no other", "[emulator]") {
  World w;
  const std::string id = w.site.model.facts().client_id;
  const Fields machine = {{"Metadata", "true"}};
  CHECK(send(w, "GET", kMachine + kArmResource + "&client_id=" + id, machine).status == 200);
  for (const char* other : {"&client_id=x", "&object_id=x", "&msi_res_id=/x"}) {
    const Answer answer = send(w, "GET", kMachine + kArmResource + other, machine);
    CHECK(answer.status == 400);
    CHECK(text_at(answer, {"error_description"}) == "Identity not found");
  }
}

TEST_CASE("a request without its header or its resource gets no bearer", "[emulator]") {
  World w;
  CHECK(send(w, "GET", kMachine + kArmResource, {}).status == 400);
  CHECK(send(w, "GET", kMachine + kArmResource, {{"Metadata", "false"}}).status == 400);
  CHECK(send(w, "GET", kMachine, {{"Metadata", "true"}}).status == 400);
  CHECK(send(w, "GET", "/metadata/identity/oauth2/token?resource=x", {{"Metadata", "true"}}).status == 400);
  CHECK(send(w, "GET", kService + kArmResource, {}).status == 401);
  CHECK(send(w, "GET", kService + kArmResource, {{"X-IDENTITY-HEADER", "wrong"}}).status == 401);
  CHECK(send(w, "GET", kService + kArmResource, {{"secret", "wrong"}}).status == 401);
  CHECK(send(w, "POST", "/msi/token", {{"Metadata", "true"}}, "{}").status == 400);
}

TEST_CASE("faults may be asked of a managed identity", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"arm_status","match":"identity ","status":410,"times":1})");
  CHECK(send(w, "GET", kMachine + kArmResource, {{"Metadata", "true"}}).status == 410);
  CHECK(send(w, "GET", kMachine + kArmResource, {{"Metadata", "true"}}).status == 200);
}
