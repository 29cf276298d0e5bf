// Not tested here: sd_notify itself (libsystemd).
#include "agent/loop/notify.h"
#include "agent/loop/status_json.h"
#include "tests/support/catch.h"

using namespace scoped;

namespace {

const record::RecordName kLate{"host", "late"}, kSoon{"host", "soon"}, kNever{"host", "never"};

rotate::TokenStatus token(const std::string& name, const char* due) {
  rotate::TokenStatus status;
  status.name = {"host", name};
  if (*due != '\0') status.due_at = parse_rfc3339(due).value();
  return status;
}

}  // namespace

TEST_CASE("The status line names the next rotation and counts problems", "[loop]") {
  const std::vector<loop::Outlook> tokens = {{&kLate, parse_rfc3339("2026-05-01T00:00:00Z").value(), false},
                                             {&kSoon, parse_rfc3339("2026-04-01T10:20:30Z").value(), false},
                                             {&kNever, std::nullopt, true}};
  CHECK(loop::summary(tokens) == "3 tokens, 1 with a problem, next rotation 2026-04-01 10:20:30 (host/soon)");
}

TEST_CASE("The status line of an agent without tokens is short", "[loop]") {
  CHECK(loop::summary({}) == "0 tokens");
}

TEST_CASE("A token's status leaves out what is not known", "[loop]") {
  rotate::TokenStatus status = token("ci", "");
  status.step = "wait";
  status.slots.push_back({"password1", "empty", {}, {}, {}});
  CHECK(json::dump(loop::status_json(status)) ==
        R"({"registry":"host","token":"ci","read":false,"ready":false,"generation":0,)"
        R"("slots":[{"slot":"password1","role":"empty"}],"step":"wait","reason":"","rotations":0})");
}

TEST_CASE("A token's status prints times as RFC 3339", "[loop]") {
  rotate::TokenStatus status = token("ci", "2026-04-01T10:20:30.1234567Z");
  status.problem = "one line";
  const std::string text = json::dump(loop::status_json(status));
  CHECK(text.find(R"("due_at":"2026-04-01T10:20:30.1234567Z","problem":"one line")") != std::string::npos);
}
