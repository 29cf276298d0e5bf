// Faults that concern tokens and bearers: what others do to a token, what a replica does not know yet, what
// is applied later. Not tested here: the list of faults (faults_test.cpp).
#include "tests/emulator/locks.h"
#include "tests/unit/emulator/stored.h"
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

int login(World& w, const std::string& password, Door door = Door::login_server) {
  const RouteTable tables[] = {kLoginToken};
  const std::string host = door == Door::replica ? "localhost:3" : "localhost:2";
  Request request = make_request("GET", "/oauth2/token?service=" + host,
                                 {{"Authorization", World::basic("node-blue", password)}}, "")
                        .value();
  request.door = door;
  return w.site.serve(request, tables, kLogin).status;
}

const Token& token(const World& w) { return *w.site.model.token("node-blue"); }

}  // namespace

TEST_CASE("somebody else regenerates a password before a request or after it", "[emulator]") {
  for (const bool after : {false, true}) {
    World w;
    w.make_token();
    const std::string old = w.password();
    w.arm_fault(
        std::string(R"({"fault":"foreign_regenerate","token":"node-blue","slot":"password1","times":1)") +
        (after ? R"(,"after":true})" : "}"));
    const std::string mine = w.password();
    CHECK(login(w, old) == 401);
    CHECK(login(w, mine) == (after ? 401 : 200));
    CHECK(token(w).passwords.size() == 1);
  }
}

TEST_CASE("somebody else removes both passwords", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password();
  w.arm_fault(R"({"fault":"foreign_wipe","token":"node-blue","times":1})");
  CHECK(w.arm("GET", "/tokens").status == 200);
  CHECK(token(w).passwords.empty());
  CHECK(login(w, password) == 401);
}

TEST_CASE("somebody else disables a token", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password();
  w.arm_fault(R"({"fault":"disable_token","token":"node-blue","match":"login ","times":1})");
  CHECK(login(w, password) == 401);
  CHECK(w.arm("PATCH", "/tokens/node-blue", R"({"properties":{"status":"enabled"}})").status == 200);
  CHECK(login(w, password) == 200);
}

TEST_CASE("a deed to a token that does not exist does nothing", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"foreign_wipe","token":"nobody"})");
  CHECK(w.arm("GET", "/tokens").status == 200);
}

TEST_CASE("a regenerated password is known late where it is asked for", "[emulator]") {
  struct Row {
    const char* endpoint;
    bool late_here, late_at_replica;
  };
  for (const Row& row : {Row{"", true, true},
                         {R"(,"endpoint":"replica")", false, true},
                         {R"(,"endpoint":"login_server")", true, false}}) {
    INFO(row.endpoint);
    World w;
    w.make_token();
    const std::string old = w.password();
    w.arm_fault(R"({"fault":"replication_delay","ms":5000,"match":"generate","times":1)" +
                std::string(row.endpoint) + "}");
    const std::string fresh = w.password();
    CHECK(login(w, fresh) == (row.late_here ? 401 : 200));
    CHECK(login(w, old) == (row.late_here ? 200 : 401));
    CHECK(login(w, fresh, Door::replica) == (row.late_at_replica ? 401 : 200));
    CHECK(login(w, old, Door::replica) == (row.late_at_replica ? 200 : 401));
    w.clock.advance(Seconds(5));
    for (const Door door : {Door::login_server, Door::replica}) {
      CHECK(login(w, fresh, door) == 200);
      CHECK(login(w, old, door) == 401);
    }
  }
}

TEST_CASE("of several late passwords a door knows what it knew before the first", "[emulator]") {
  World w;
  w.make_token();
  const std::string first = w.password();
  w.arm_fault(R"({"fault":"replication_delay","ms":5000,"match":"generate"})");
  const std::string second = w.password();
  w.clock.advance(Seconds(2));
  const std::string third = w.password();
  CHECK(login(w, first) == 200);
  CHECK(login(w, second) == 401);
  w.clock.advance(Seconds(3));
  CHECK(login(w, first) == 401);
  CHECK(login(w, second) == 200);
  w.clock.advance(Seconds(2));
  CHECK(login(w, third) == 200);
}

TEST_CASE("a first password that is late is no password yet, and the other slot is not touched",
          "[emulator]") {
  World w;
  w.make_token();
  const std::string one = w.password();
  w.arm_fault(R"({"fault":"replication_delay","ms":5000,"match":"generate","times":1})");
  const json::Value body = parsed(w.generate(R"(,"name":"password2")"));
  const std::string two = *(*body.at({"passwords"})->array())[1].at({"value"})->text();
  CHECK(login(w, one) == 200);
  CHECK(login(w, two) == 401);
}

TEST_CASE("a replica names itself in its challenge", "[emulator]") {
  World w;
  const RouteTable tables[] = {kLoginToken};
  Request request = make_request("GET", "/v2/", {}, "").value();
  request.door = Door::replica;
  CHECK(header(w.site.serve(request, tables, kLogin), "WWW-Authenticate") ==
        R"(Bearer realm="https://localhost:3/oauth2/token",service="localhost:3")");
}

TEST_CASE("a queued request is refused at once and applied later all the same", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"queue","match":"generate","ms":600000,"times":1})");
  CHECK(w.generate().status == 504);
  {
    const std::lock_guard held(w.site.lock);
    CHECK(token(w).passwords.empty());
  }
  w.site.stop();  // ends its wait
  CHECK(token(w).passwords.size() == 2);
}

TEST_CASE("a bearer that expired in the queue is refused when it is applied", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"queue","match":"generate","ms":600000,"status":502,"times":1})");
  CHECK(w.generate().status == 502);
  w.clock.advance(Seconds(60));
  w.site.stop();
  CHECK(token(w).passwords.empty());
}

TEST_CASE("a bearer expires in the middle of what it is used for", "[emulator]") {
  World w;
  w.make_token();
  w.arm_fault(R"({"fault":"expired_bearer","match":"generate","times":1})");
  const Answer answer = w.generate();
  CHECK(answer.status == 401);
  CHECK(code_of(answer) == "ExpiredAuthenticationToken");
  CHECK_THAT(header(answer, "WWW-Authenticate"), Contains(R"(error="invalid_token")"));
  CHECK(token(w).passwords.empty());
  CHECK(w.generate().status == 200);
}

TEST_CASE("a bearer may lack claims, and the challenge says which", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"insufficient_claims","times":1})");
  const Answer answer = w.arm("GET", "/tokens");
  CHECK(answer.status == 401);
  const std::string challenge = header(answer, "WWW-Authenticate");
  CHECK_THAT(challenge, Contains(R"(error="insufficient_claims", claims=")"));
  const size_t at = challenge.find("claims=\"") + 8;
  const auto claims = crypto::parse_base64(challenge.substr(at, challenge.find('"', at) - at));
  REQUIRE(claims);
  CHECK(json::parse(*claims).value().at({"access_token", "nbf", "value"})->text() != nullptr);
  CHECK(w.arm("GET", "/tokens").status == 200);
}

TEST_CASE("an access token may end soon", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password();
  w.arm_fault(R"({"fault":"access_life","match":"login ","seconds":100,"times":1})");
  const auto pull = [&] {
    return w.get("/oauth2/token?service=localhost:2", World::basic("node-blue", password));
  };
  const std::string soon = text_at(pull(), {"access_token"});
  const std::string later = text_at(pull(), {"access_token"});
  CHECK(w.get("/v2/", "Bearer " + soon).status == 200);
  w.clock.advance(Seconds(100));
  CHECK(w.get("/v2/", "Bearer " + soon).status == 401);
  CHECK(w.get("/v2/", "Bearer " + later).status == 200);
}

TEST_CASE("an access token outlives its token, unless that is asked for otherwise", "[emulator]") {
  for (const bool revoke : {false, true}) {
    Stored stored;
    stored.add("demo", kImage);
    World w("", stored.folder(), revoke);
    w.make_token(R"("repositories/demo/metadata/read")");
    const std::string password = w.password();
    const std::string access =
        text_at(w.get("/oauth2/token?service=localhost:2&scope=repository:demo:metadata_read",
                      World::basic("node-blue", password)),
                {"access_token"});
    CHECK(w.get("/acr/v1/demo", "Bearer " + access).status == 200);
    REQUIRE(w.arm("PATCH", "/tokens/node-blue", R"({"properties":{"status":"disabled"}})").status == 200);
    CHECK(w.get("/acr/v1/demo", "Bearer " + access).status == (revoke ? 401 : 200));
    const RouteTable tables[] = {kLocks};
    const Fields headers = {{"Authorization", "Bearer " + access},
                            {std::string(kOriginalMethod), "GET"},
                            {std::string(kOriginalTarget), "/v2/demo/manifests/v1"}};
    const Answer asked =
        w.site.serve(make_request("GET", std::string(kLockCheck), headers, "").value(), tables, kLogin);
    CHECK(asked.status == (revoke ? 401 : 204));
    CHECK(header(asked, "WWW-Authenticate").empty() != revoke);
    CHECK(w.get("/acr/v1/demo", bearer(w, "demo", "metadata_read", "repository")).status ==
          (revoke ? 401 : 200));
  }
}

TEST_CASE("the Date of an answer may be wrong", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"skew","seconds":-90,"times":1})");
  CHECK(header(w.arm("GET", "/tokens"), "Date") == format_http_date(w.clock.now() - Seconds(90)));
  CHECK(header(w.arm("GET", "/tokens"), "Date").empty());
}
