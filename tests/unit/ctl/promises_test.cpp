// Not tested here: that the promises are broken exactly so (tests/integration/emergency.py).
#include "agent/ctl/promises.h"

#include "agent/ctl/on_request.h"
#include "common/config/rotation.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;
using rotate::Asked;

namespace {

json::Value token(const char* slots) {
  return json::parse(R"({"registry": "r.io", "token": "ci", "slots": )" + std::string(slots) + "}").value();
}

std::vector<std::string> broken(Asked asked, const char* slots) {
  config::Copies copies;
  copies.revalidate_agent = std::chrono::minutes(1);
  copies.revalidate_sealed = std::chrono::minutes(5);
  return broken_promises(asked, token(slots), config::default_rotation(), copies, kNow);
}

constexpr const char* kAlone =
    R"([{"slot": "password1", "role": "current"}, {"slot": "password2", "role": "lapsed"}])";

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an ordinary rotation and a repair of what works break no promise", "[ctl]") {
  CHECK(broken(Asked::rotation, kAlone).empty());
  CHECK(broken(Asked::repair, kAlone).empty());
}

TEST_CASE("a retirement at once breaks the promise on the current password and says for how long", "[ctl]") {
  const auto lines = broken(Asked::retire_now, kAlone);
  REQUIRE(lines.size() == 1);
  CHECK(has(lines[0], "the password in password1 dies"));
  CHECK(has(lines[0], "every 1m, sealed copies every 5m"));
  CHECK(has(lines[0], "a copy is handed out for 7d"));
}

TEST_CASE("an emergency also breaks the settling and the promise on the other slot", "[ctl]") {
  CHECK(broken(Asked::leaked, kAlone).size() == 2);
  const auto in_use = broken(Asked::leaked, R"([{"slot": "password1", "role": "current"},
      {"slot": "password2", "role": "previous", "free_at": "2026-03-01T13:00:00Z"}])");
  REQUIRE(in_use.size() == 3);
  CHECK(in_use[0] ==
        "the password in password2, which clients may use until 2026-03-01 13:00:00 (in 1h), dies first");
  CHECK(has(in_use[1], "is not left to settle (10m)"));
  const auto strangers = broken(Asked::leaked, R"([{"slot": "password1", "role": "current"},
      {"slot": "password2", "role": "unexplained"}])");
  CHECK(strangers[0] == "the password in password2, which somebody else made, dies first");
}

TEST_CASE("a previous password whose promise is over is nobody's loss", "[ctl]") {
  CHECK(broken(Asked::leaked, R"([{"slot": "password1", "role": "current"},
      {"slot": "password2", "role": "previous", "free_at": "2026-03-01T11:00:00Z"}])")
            .size() == 2);
}

TEST_CASE("a repair without a current password says whose password may die", "[ctl]") {
  const auto lines = broken(Asked::repair, R"([{"slot": "password1", "role": "unexplained"},
      {"slot": "password2", "role": "empty"}])");
  REQUIRE(lines.size() == 1);
  CHECK(has(lines[0], "password1, which somebody else made, may die"));
}

TEST_CASE("the stages of a request are told with the time that each took", "[ctl]") {
  const json::Value done = json::parse(R"({"stages": [
      {"step": "claim", "slot": "password2", "reason": "a rotation was asked for", "milliseconds": 12},
      {"step": "copies", "slot": "", "reason": "clients have it", "milliseconds": 1234}]})")
                               .value();
  CHECK(stage_lines(done) ==
        "   0.012 s  claim password2      a rotation was asked for\n"
        "   1.234 s  copies               clients have it\n");
  CHECK(stage_lines(json::parse("{}").value()).empty());
  CHECK(stage_lines(json::parse(R"({"stages": [1, {}]})").value()).find("0.000 s") != std::string::npos);
}
