// Not tested here: that Prometheus takes it (tests/integration/metrics.py asks promtool).
#include "agent/metrics/exposition.h"

#include "tests/support/catch.h"

#include <set>

using namespace scoped;
using metrics::Family;

namespace {

const Family& family(std::string_view name) {
  for (const Family& each : metrics::token_families())
    if (each.name == name) return each;
  throw std::runtime_error("no such family");
}

std::string samples(std::string_view name, const rotate::TokenStatus& status) {
  std::string text;
  family(name).samples(family(name), status, text);
  return text;
}

rotate::TokenStatus token() {
  rotate::TokenStatus status;
  status.name = {"host", "ci"};
  return status;
}

}  // namespace

TEST_CASE("A password's end is a time in seconds with the role that the record gives it", "[metrics]") {
  rotate::TokenStatus status = token();
  status.slots.push_back({"password1", "current", {}, parse_rfc3339("2026-04-01T10:20:30.5Z").value(), {}});
  status.slots.push_back({"password2", "handed over", {}, parse_rfc3339("2026-05-01T00:00:00Z").value(), {}});
  CHECK(samples("scoped_password_expires_timestamp_seconds", status) ==
        "scoped_password_expires_timestamp_seconds{registry=\"host\",token=\"ci\",slot=\"password1\",role="
        "\"current\"} "
        "1775038830.500\n"
        "scoped_password_expires_timestamp_seconds{registry=\"host\",token=\"ci\",slot=\"password2\",role="
        "\"handed "
        "over\"} 1777593600.000\n");
}

TEST_CASE("A password without expiry has no end and is counted as one that never ends", "[metrics]") {
  rotate::TokenStatus status = token();
  status.slots.push_back({"password1", "unexplained", parse_rfc3339("2026-04-01T00:00:00Z").value(), {}, {}});
  status.slots.push_back({"password2", "empty", {}, {}, {}});
  CHECK(samples("scoped_password_expires_timestamp_seconds", status).empty());
  CHECK(samples("scoped_password_never_expires", status) ==
        "scoped_password_never_expires{registry=\"host\",token=\"ci\",slot=\"password1\",role="
        "\"unexplained\"} 1\n");
}

TEST_CASE("Whatever stands in a reason stays inside its label", "[metrics]") {
  rotate::TokenStatus status = token();
  status.step = "give up";
  status.reason = "a \"quoted\" C:\\path\nand more";
  CHECK(
      samples("scoped_token_next_step", status) ==
      R"(scoped_token_next_step{registry="host",token="ci",step="give up",reason="a \"quoted\" C:\\path\nand more"} 1)"
      "\n");
}

TEST_CASE("A problem is a number, and its text is left to the status", "[metrics]") {
  rotate::TokenStatus status = token();
  CHECK(samples("scoped_token_problem", status) ==
        "scoped_token_problem{registry=\"host\",token=\"ci\"} 0\n");
  status.problem = "somebody should look";
  CHECK(samples("scoped_token_problem", status) ==
        "scoped_token_problem{registry=\"host\",token=\"ci\"} 1\n");
}

TEST_CASE("A token that was not read yet has samples, but no instants", "[metrics]") {
  for (const Family& each : metrics::token_families()) {
    INFO(each.name);
    const bool is_instant =
        each.name.find("timestamp") != std::string_view::npos || each.name == "scoped_password_never_expires";
    CHECK(samples(each.name, token()).empty() == is_instant);
  }
}

TEST_CASE("Each metric has a name of its own and says what it is", "[metrics]") {
  std::set<std::string_view> names;
  for (const Family& each : metrics::token_families()) {
    INFO(each.name);
    CHECK(names.insert(each.name).second);
    CHECK(each.help.back() == '.');
    const bool is_counter = each.name.substr(each.name.size() - 6) == "_total";
    CHECK(each.type == (is_counter ? "counter" : "gauge"));
  }
}

TEST_CASE("What is said of the agent as a whole", "[metrics]") {
  const std::string text =
      metrics::agent_metrics({"1.2", parse_rfc3339("2026-04-01T00:00:00Z").value(), 7, true});
  for (const char* line :
       {"\nscoped_build_info{version=\"1.2\"} 1\n", "\nscoped_tokens 7\n", "\nscoped_repairs_stopped 1\n",
        "\nscoped_agent_started_timestamp_seconds 1775001600.000\n"})
    CHECK(text.find(line) != std::string::npos);
}
