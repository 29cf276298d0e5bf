// The list of faults. Not tested here: what each does to an answer (site_test.cpp, arm_async_test.cpp).
#include "tests/emulator/faults.h"

#include "tests/unit/emulator/contains.h"

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

Result<> arm(FaultList& list, const std::string& request) {
  TRY(list.arm(json::parse(request).value()));
  return {};
}

}  // namespace

TEST_CASE("a fault hits as often as was asked and is counted", "[emulator]") {
  FaultList list;
  REQUIRE(arm(list, R"({"fault":"arm_status","match":"generate","status":429,"retry_after":2,"times":2})"));
  for (int i = 0; i < 2; ++i) {
    const Effects effects = list.hit("arm POST /x/generateCredentials");
    CHECK(effects.instead == Effects::Instead::status);
    CHECK(effects.status == 429);
    CHECK(effects.retry_after == 2);
    CHECK_FALSE(effects.applied);
  }
  CHECK(list.hit("arm POST /x/generateCredentials").instead == Effects::Instead::nothing);
  REQUIRE(list.armed().size() == 1);
  CHECK(list.armed()[0].hits == 2);
  CHECK(list.armed()[0].left == 0);
}

TEST_CASE("a fault without a number of times stays until it is cleared", "[emulator]") {
  FaultList list;
  REQUIRE(arm(list, R"({"fault":"empty"})"));
  for (int i = 0; i < 5; ++i) CHECK(list.hit("arm GET /").instead == Effects::Instead::no_answer);
  list.clear();
  CHECK(list.hit("arm GET /").instead == Effects::Instead::nothing);
  CHECK(list.armed().empty());
}

TEST_CASE("without a match every request to ARM is hit and no other", "[emulator]") {
  FaultList list;
  REQUIRE(arm(list, R"({"fault":"garbage"})"));
  CHECK(list.hit("entra POST /t/oauth2/v2.0/token").instead == Effects::Instead::nothing);
  CHECK(list.hit("login GET /oauth2/token").instead == Effects::Instead::nothing);
  CHECK(list.hit("arm GET /subscriptions").instead == Effects::Instead::garbage);
}

TEST_CASE("several faults add up and the last decides where they meet", "[emulator]") {
  FaultList list;
  REQUIRE(arm(list, R"({"fault":"delay_before","ms":10})"));
  REQUIRE(arm(list, R"({"fault":"delay_after","ms":20})"));
  REQUIRE(arm(list, R"({"fault":"arm_status","status":500})"));
  REQUIRE(arm(list, R"({"fault":"lose_answer"})"));
  const Effects effects = list.hit("arm GET /");
  CHECK(effects.delay_before.count() == 10);
  CHECK(effects.delay_after.count() == 20);
  CHECK(effects.instead == Effects::Instead::no_answer);
  CHECK(effects.applied);
}

TEST_CASE("every kind can be armed and has its effect", "[emulator]") {
  struct Row {
    const char* request;
    bool (*has_effect)(const Effects&);
  };
  for (const Row& row :
       {Row{R"({"fault":"arm_status","status":503,"applied":true})",
            [](const Effects& e) { return e.status == 503 && e.applied && !e.retry_after; }},
        {R"({"fault":"garbage","applied":false})",
         [](const Effects& e) { return e.instead == Effects::Instead::garbage && !e.applied; }},
        {R"({"fault":"empty"})",
         [](const Effects& e) { return e.instead == Effects::Instead::no_answer && !e.applied; }},
        {R"({"fault":"lose_answer"})", [](const Effects& e) { return e.applied; }},
        {R"({"fault":"delay_before","ms":7})", [](const Effects& e) { return e.delay_before.count() == 7; }},
        {R"({"fault":"delay_after","ms":7})", [](const Effects& e) { return e.delay_after.count() == 7; }},
        {R"({"fault":"async"})", [](const Effects& e) { return e.polls == 2 && !e.retry_after; }},
        {R"({"fault":"async","polls":0,"retry_after":1})",
         [](const Effects& e) { return e.polls == 0 && e.retry_after == 1; }},
        {R"({"fault":"cut_expiry"})", [](const Effects& e) { return e.cut_expiry; }},
        {R"({"fault":"own_expiry","seconds":9})", [](const Effects& e) { return e.own_expiry == 9; }},
        {R"({"fault":"page_size","size":3})", [](const Effects& e) { return e.page_size == 3; }},
        {R"({"fault":"queue","ms":7})",
         [](const Effects& e) { return e.queued->count() == 7 && e.status == 504 && !e.applied; }},
        {R"({"fault":"queue","ms":7,"status":502})", [](const Effects& e) { return e.status == 502; }},
        {R"({"fault":"skew","seconds":-9})", [](const Effects& e) { return e.skew->count() == -9; }},
        {R"({"fault":"stall","ms":7})",
         [](const Effects& e) { return e.ending == Answer::Ending::late && e.pause.count() == 7; }},
        {R"({"fault":"truncate"})", [](const Effects& e) { return e.ending == Answer::Ending::cut; }},
        {R"({"fault":"expired_bearer"})", [](const Effects& e) { return e.bearer_expired; }},
        {R"({"fault":"insufficient_claims"})", [](const Effects& e) { return e.insufficient_claims; }},
        {R"({"fault":"access_life","seconds":7})",
         [](const Effects& e) { return e.access_life->count() == 7; }},
        {R"({"fault":"replication_delay","ms":7})",
         [](const Effects& e) { return e.replication->delay.count() == 7 && !e.replication->door; }},
        {R"({"fault":"replication_delay","ms":7,"endpoint":"replica"})",
         [](const Effects& e) { return e.replication->door == Door::replica; }},
        {R"({"fault":"foreign_regenerate","token":"a","slot":"password2"})",
         [](const Effects& e) {
           return e.foreign.at(0).deed == Foreign::Deed::regenerate && e.foreign[0].slot == "password2";
         }},
        {R"({"fault":"foreign_wipe","token":"a","after":true})",
         [](const Effects& e) { return e.foreign.at(0).deed == Foreign::Deed::wipe && e.foreign[0].after; }},
        {R"({"fault":"disable_token","token":"a"})", [](const Effects& e) {
           return e.foreign.at(0).deed == Foreign::Deed::disable && !e.foreign[0].after;
         }}}) {
    INFO(row.request);
    FaultList list;
    REQUIRE(arm(list, row.request));
    CHECK(row.has_effect(list.hit("arm GET /")));
  }
}

TEST_CASE("a request that is wrong arms nothing and is told what is wrong", "[emulator]") {
  struct Row {
    const char* request;
    const char* named;
  };
  for (const Row& row :
       {Row{"[]", "object"},
        {"{}", "fault"},
        {R"({"fault":"unheard"})", "known are arm_status"},
        {R"({"fault":"arm_status"})", "status"},
        {R"({"fault":"arm_status","status":200})", "400"},
        {R"({"fault":"arm_status","status":"429"})", "status"},
        {R"({"fault":"arm_status","status":429,"retry":2})", "retry"},
        {R"({"fault":"delay_before","ms":-1})", "ms"},
        {R"({"fault":"empty","times":0})", "times"},
        {R"({"fault":"foreign_wipe"})", "token"},
        {R"({"fault":"foreign_wipe","token":7})", "'token' must be a text"},
        {R"({"fault":"foreign_regenerate","token":"a","slot":"password3"})", "password1 or"},
        {R"({"fault":"foreign_regenerate","token":"a","slot":"password1 password2"})", "slot"},
        {R"({"fault":"replication_delay","ms":1,"endpoint":"here"})", "login_server or replica"},
        {R"({"fault":"empty","match":7})", "match"}}) {
    INFO(row.request);
    FaultList list;
    const auto armed = arm(list, row.request);
    REQUIRE_FALSE(armed);
    CHECK_THAT(armed.error().line(), Contains(row.named));
    CHECK(list.armed().empty());
  }
}

TEST_CASE("the list shows what was asked for, how often it hit and what is left", "[emulator]") {
  FaultList list;
  REQUIRE(arm(list, R"({"fault":"arm_status","status":409,"times":3})"));
  REQUIRE(arm(list, R"({"fault":"empty","match":"login "})"));
  list.hit("arm GET /");
  CHECK(json::dump(fault_list_json(list)) ==
        R"({"faults":[{"id":1,"fault":"arm_status","status":409,"times":3,"match":"arm ","hits":1,"left":2},)"
        R"({"id":2,"fault":"empty","match":"login ","hits":0,"left":null}]})");
}

TEST_CASE("the help names every kind and every member", "[emulator]") {
  const std::string text = describe_faults();
  for (const FaultKind& kind : fault_kinds()) {
    CHECK_THAT(text, Contains(std::string(kind.name)));
    for (const FaultMember& member : kind.members) CHECK_THAT(text, Contains(std::string(member.name)));
  }
}
