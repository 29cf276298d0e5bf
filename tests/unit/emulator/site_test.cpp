// The way of a request: faults around the handler, and the state file. Not tested here: closing a connection
// (listener_test.cpp).
#include "tests/emulator/fault_api.h"
#include "tests/emulator/state_json.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/emulator/world.h"

#include <thread>

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

bool has_password(World& w) {
  return w.arm("GET", "/tokens/node-blue").body.find("password1") != std::string::npos;
}

Answer faults(World& w, const std::string& method, const std::string& body = "") {
  const RouteTable tables[] = {kFaults};
  return w.site.serve(make_request(method, "/faults", {}, body).value(), tables, kFaultApi);
}

}  // namespace

TEST_CASE("a fault takes the place of the answer, and of the effect unless it is asked for", "[emulator]") {
  struct Row {
    const char* fault;
    int status;
    bool applied;
  };
  for (const Row& row :
       {Row{R"({"fault":"arm_status","match":"generate","status":429,"retry_after":3})", 429, false},
        {R"({"fault":"arm_status","match":"generate","status":500,"applied":true})", 500, true},
        {R"({"fault":"garbage","match":"generate"})", 200, false},
        {R"({"fault":"garbage","match":"generate","applied":true})", 200, true}}) {
    INFO(row.fault);
    World w;
    w.make_token();
    w.arm_fault(row.fault);
    CHECK(w.generate().status == row.status);
    CHECK(has_password(w) == row.applied);
  }
}

TEST_CASE("a lost answer closes the connection after the effect, an empty one before it", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"empty","match":"generate","times":1})");
  CHECK(w.generate().closes);
  CHECK_FALSE(has_password(w));
  w.arm_fault(R"({"fault":"lose_answer","match":"generate","times":1})");
  CHECK(w.generate().closes);
  CHECK(has_password(w));
}

TEST_CASE("an error status looks like ARM's own", "[emulator]") {
  World w;
  struct Row {
    int status;
    const char* code;
  };
  for (const Row& row : {Row{401, "AuthenticationFailed"},
                         {403, "AuthorizationFailed"},
                         {404, "ResourceNotFound"},
                         {409, "Conflict"},
                         {429, "TooManyRequests"},
                         {500, "InternalServerError"},
                         {418, "Failed"}}) {
    w.arm_fault(R"({"fault":"arm_status","times":1,"status":)" + std::to_string(row.status) + "}");
    const Answer answer = w.arm("GET", "/tokens");
    CHECK(answer.status == row.status);
    CHECK(code_of(answer) == row.code);
    CHECK(header(answer, "Retry-After").empty());
    CHECK(header(answer, "WWW-Authenticate").empty() == (row.status != 401));
  }
  w.arm_fault(R"({"fault":"arm_status","times":1,"status":429,"retry_after":7})");
  CHECK(header(w.arm("GET", "/tokens"), "Retry-After") == "7");
}

TEST_CASE("the end of a bearer counts when a delayed request is applied", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"delay_before","match":"generate","ms":600000,"times":1})");
  Answer answer;
  {
    // The request waits for its time or for the end of the program, whichever comes first.
    std::thread request([&] { answer = w.generate(); });
    while (true) {
      const std::lock_guard held(w.site.lock);
      if (w.site.faults.armed()[0].hits == 1) {
        w.clock.advance(Seconds(60));
        break;
      }
    }
    w.site.stop();
    request.join();
  }
  CHECK(answer.status == 401);
  w.bearer = w.fresh_bearer();
  CHECK_FALSE(has_password(w));
}

TEST_CASE("every change is in the state file before its answer", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  World w(folder / "state.json");
  w.make_token();
  const std::string value = w.password();
  const auto contents = read_state(scoped::test::slurp(folder / "state.json"));
  REQUIRE(contents);
  CHECK(write_state(*contents) == write_state(w.site.model.contents()));
  const Model again(read_state(scoped::test::slurp(folder / "state.json")).value());
  CHECK(again.login("node-blue", Secret(value), w.clock.now()) != nullptr);
}

TEST_CASE("a read leaves the state file alone", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  World w(folder / "state.json");
  REQUIRE(w.site.save());
  scoped::test::spill(folder / "state.json", "untouched");
  CHECK(w.arm("GET", "/tokens").status == 200);
  CHECK(w.arm("PUT", "/tokens/1bad", "{}").status == 400);
  REQUIRE(w.site.save());
  CHECK(scoped::test::slurp(folder / "state.json") == "untouched");
}

TEST_CASE("a change that cannot be kept is answered with an error", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  World w(folder / "missing/state.json");
  const Answer answer = w.arm("PUT", "/scopeMaps/pullers", R"({"properties":{"actions":[]}})");
  CHECK(answer.status == 500);
  CHECK(code_of(answer) == "StateNotSaved");
  CHECK_FALSE(w.site.save());
}

TEST_CASE("faults are armed, listed and cleared by requests", "[emulator]") {
  World w;
  CHECK(faults(w, "POST", R"({"fault":"empty","match":"nothing"})").status == 201);
  CHECK_THAT(faults(w, "GET").body, Contains(R"("hits":0)"));
  CHECK(faults(w, "DELETE").body == R"({"faults":[]})");
  const Answer wrong = faults(w, "POST", R"({"fault":"empty")");
  CHECK(wrong.status == 400);
  CHECK_FALSE(text_at(wrong, {"error"}).empty());
  CHECK(faults(w, "PUT").status == 405);
}
