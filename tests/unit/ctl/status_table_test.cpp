// Not tested here: how a status comes about (tests/unit/rotate).
#include "agent/ctl/status_table.h"

#include "agent/ctl/local_status.h"
#include "agent/loop/status_json.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

json::Value document(const char* text) { return json::parse(text).value(); }

constexpr const char* kAgent = R"({
  "agent": {"pid": 4711, "version": "0.1.0", "started_at": "2026-03-01T11:00:00Z", "duties": ["broker", "rotate"]},
  "tokens": [
    {"registry": "r.io", "token": "ci", "read": true, "ready": true, "generation": 3, "slots": [
       {"slot": "password1", "role": "current", "created_at": "2026-03-01T11:59:00Z", "expires_at": "2026-03-01T12:01:00Z"},
       {"slot": "password2", "role": "lapsed", "created_at": "2026-03-01T11:00:00Z", "expires_at": "2026-03-01T11:58:00Z"}],
     "step": "wait", "reason": "the password is not due", "until": "2026-03-01T12:00:30Z", "rotations": 1},
    {"registry": "r.io", "token": "new", "read": true, "ready": false, "generation": 0, "slots": [
       {"slot": "password1", "role": "empty"}, {"slot": "password2", "role": "empty"}],
     "step": "give_up", "reason": "no record", "problem": "no record: run 'scopedctl import'"},
    {"registry": "r.io", "token": "far", "read": false, "slots": []}]})";

}  // namespace

TEST_CASE("the status shows both slots of each token, the next step and the problems", "[ctl]") {
  CHECK(status_table(document(kAgent), kNow) ==
        "TOKEN     GEN  SLOT       ROLE     EXPIRES                       NEXT     WHEN    REASON\n"
        "r.io/ci   3    password1  current  2026-03-01 12:01:00 (in 1m)   wait     in 30s  the password is "
        "not due\n"
        "               password2  lapsed   2026-03-01 11:58:00 (2m ago)\n"
        "r.io/new  0    password1  empty                                  give_up          no record\n"
        "               password2  empty\n"
        "r.io/far  0                                                                       it could not be "
        "read\n"
        "\n"
        "agent 0.1.0, process 4711, started 1h ago, duties: broker, rotate\n"
        "problem: r.io/new: no record: run 'scopedctl import'\n");
}

TEST_CASE("without an agent and without tokens the status says so", "[ctl]") {
  CHECK(status_table(document(R"({"agent": null, "tokens": []})"), kNow) ==
        "no tokens are configured\n\nno agent runs: this was read just now, and nothing is rotated until one "
        "runs\n");
}

TEST_CASE("whatever a document lacks is left empty", "[ctl]") {
  for (const char* text :
       {"{}", R"({"agent": 1, "tokens": 2})", R"({"tokens": [1, {}, {"slots": [3], "generation": "x"}]})",
        R"({"agent": {}, "tokens": [{"slots": [{"expires_at": "soon"}]}]})"})
    CHECK_FALSE(status_table(document(text), kNow).empty());
}

TEST_CASE("an outcome is one line about the current password", "[ctl]") {
  const json::Value status = document(kAgent);
  const json::Array& tokens = *status.at({"tokens"})->array();
  CHECK(outcome_of(tokens[0], kNow) == "generation 3, password1 until 2026-03-01 12:01:00 (in 1m)");
  CHECK(outcome_of(tokens[1], kNow) == "no password yet: no record: run 'scopedctl import'");
  CHECK(outcome_of(document(R"({"generation": 1, "slots": [{"slot": "password2", "role": "current"}]})"),
                   kNow) == "generation 1, password2, which never expires");
  CHECK(step_of(tokens[0]) == "wait: the password is not due");
  CHECK(step_of(tokens[2]).empty());
  CHECK(is_ready(tokens[0]));
  CHECK_FALSE(is_ready(tokens[2]));
}

TEST_CASE("a problem and an unread token are findings", "[ctl]") {
  CHECK(has_findings(document(kAgent)));
  CHECK(has_findings(document(R"({"tokens": [{"read": false}]})")));
  CHECK(has_findings(document(R"({"tokens": [{"read": true, "problem": "x"}]})")));
  CHECK_FALSE(has_findings(document(R"({"tokens": [{"read": true}]})")));
  CHECK_FALSE(has_findings(document("{}")));
}

TEST_CASE("a registry without a control plane is shown by its records alone", "[ctl]") {
  record::Record record = ready("password2");
  record.previous = record::Previous{record.current->clone(), kNow};
  record.previous->password.slot = "password1";
  const auto status = status_of_record(kToken, store::LoadResult::of({std::move(record), "1"}));
  CHECK(status.ready);
  const json::Value shown = loop::status_json(status);
  CHECK(outcome_of(shown, kNow) == "generation 3, password2 until 2026-03-01 12:01:30 (in 1m 30s)");
  REQUIRE(status.slots.size() == 2);
  CHECK(status.slots[0].role == "previous");
  CHECK(problem_of(shown).empty());
  CHECK_FALSE(status_of_record(kToken, store::LoadResult::absent()).problem.empty());
  const Error why(ErrorCode::corrupt, "ci-main.rec: cut short");
  const auto damaged = status_of_record(kToken, store::LoadResult::failed(store::LoadState::corrupt, why));
  CHECK(damaged.problem == "ci-main.rec: cut short");
  CHECK_FALSE(damaged.read);
}
