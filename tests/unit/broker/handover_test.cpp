// Not tested here: that the front writes and scoped-fetch reads such a command line (unit/front).
#include "common/broker/handover.h"

#include "tests/support/catch.h"

namespace scoped::broker {
namespace {

using Texts = std::vector<std::string>;

std::vector<std::string_view> views(const Texts& texts) { return {texts.begin(), texts.end()}; }

TEST_CASE("a handover is written as its description says", "[broker]") {
  Handover handover{"get", Kind::docker, "ci", {}, {}};
  handover.asked = {{Level::user, Heard::absent}, {Level::system, Heard::not_mine}};
  handover.deadline = std::chrono::steady_clock::time_point(std::chrono::milliseconds(12'345));
  CHECK(arguments_of(handover) ==
        Texts{"get", "--profile=ci", "--asked=user:absent,system:not-mine", "--deadline=12345"});
  CHECK(arguments_of(Handover{"list", Kind::docker, "", {}, {}}) == Texts{"list"});
  CHECK(arguments_of(Handover{"get", Kind::kubelet, "", {}, {}}) == Texts{"get", "--kubelet"});
}

TEST_CASE("a handover survives its command line", "[broker]") {
  Handover handover{"get", Kind::kubelet, "a profile, with=signs", {}, {}};
  for (Heard heard : {Heard::not_mine, Heard::absent, Heard::forbidden, Heard::no_answer})
    handover.asked.push_back({Level::system, heard});
  handover.deadline = std::chrono::steady_clock::time_point(std::chrono::hours(1));
  handover.joint = 7;
  const Texts arguments = arguments_of(handover);
  const auto read = parse_handover(views(arguments));
  REQUIRE(read);
  CHECK(read->verb == handover.verb);
  CHECK(read->kind == handover.kind);
  CHECK(read->profile == handover.profile);
  CHECK(read->asked == handover.asked);
  CHECK(read->deadline == handover.deadline);
  CHECK(read->joint == handover.joint);
}

TEST_CASE("a verb alone is a handover in which nobody was asked", "[broker]") {
  const auto read = parse_handover({"erase"});
  REQUIRE(read);
  CHECK(read->verb == "erase");
  CHECK(read->asked.empty());
  CHECK_FALSE(read->deadline);
}

TEST_CASE("a command line that the front would not write is refused by name", "[broker]") {
  struct Row {
    Texts arguments;
    std::string named;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "needs a verb"},
      {{"GET"}, "'GET'"},
      {{"version"}, "'version'"},
      {{"get", "host"}, "'host'"},
      {{"get", "--kubelet", "--kubelet"}, "'--kubelet'"},
      {{"list", "--kubelet"}, "'--kubelet'"},
      {{"get", "--profile="}, "'--profile='"},
      {{"get", "--profile=a", "--profile=b"}, "'--profile=b'"},
      {{"get", "--profile=" + std::string(256, 'p')}, "'--profile="},
      {{"get", "--asked="}, "'--asked='"},
      {{"get", "--asked=user"}, "'--asked=user'"},
      {{"get", "--asked=root:absent"}, "'--asked=root:absent'"},
      {{"get", "--asked=user:deaf"}, "'--asked=user:deaf'"},
      {{"get", "--asked=user:absent,"}, "'--asked=user:absent,'"},
      {{"get", "--deadline="}, "'--deadline='"},
      {{"get", "--deadline=-1"}, "'--deadline=-1'"},
      {{"get", "--deadline=1s"}, "'--deadline=1s'"},
      {{"get", "--deadline=9223372036854775807"}, "'--deadline=9223372036854775807'"},
      {{"get", "--deadline=1", "--deadline=2"}, "'--deadline=2'"},
      {{"get", "--joint=1"}, "'--joint=1'"},
      {{"get", "--joint=x"}, "'--joint=x'"},
      {{"get", "--joint=3", "--joint=3"}, "'--joint=3'"},
  }));
  CAPTURE(row.arguments);
  const auto read = parse_handover(views(row.arguments));
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::invalid_input);
  CHECK(read.error().line().find(row.named) != std::string::npos);
}

}  // namespace
}  // namespace scoped::broker
