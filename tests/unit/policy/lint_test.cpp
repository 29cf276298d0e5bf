// Not tested here: how a registry is observed (tests/integration/lint.py).
#include "agent/policy/lint.h"

#include "agent/policy/lint_report.h"
#include "tests/unit/policy/world.h"

#include <set>

using namespace scoped;
using namespace scoped::policy;
using namespace scoped::test;

namespace {

constexpr Ticks kDay = std::chrono::hours(24);

// "rule level object" of each finding.
std::vector<std::string> found(const PolicyWorld& world) {
  std::vector<std::string> lines;
  for (const Finding& each : lint(world.observed, {})) {
    CHECK_FALSE(each.message.empty());
    CHECK_FALSE(each.remedy.empty());
    lines.push_back(std::string(each.rule) + " " + std::string(name_of(each.level)) + " " + each.object);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a registry that is kept well has no findings", "[policy]") { CHECK(found(PolicyWorld()).empty()); }

TEST_CASE("the admin user and anonymous pull are errors of the registry", "[policy]") {
  PolicyWorld world;
  world.observed.registry.admin_enabled = true;
  world.observed.registry.anonymous_pull = true;
  CHECK(found(world) == Lines{"admin-user error registry", "anonymous-pull error registry"});
}

TEST_CASE("a password without an expiry is an error, whoever keeps it", "[policy]") {
  PolicyWorld world;
  world.token("ci-main").slots[0].expires_at.reset();
  CHECK(found(world) == Lines{"never-expires error tokens/ci-main"});
}

TEST_CASE("a password beside the record is somebody's who has forgotten it", "[policy]") {
  PolicyWorld world;
  world.token("ci-main").slots.push_back({"password2", kNow - kDay / 2, kNow + kDay});
  CHECK(found(world) == Lines{"forgotten-password warning tokens/ci-main"});
  SECTION("one that has lapsed is nobody's") {
    world.token("ci-main").slots.back().expires_at = kNow;
    CHECK(found(world).empty());
  }
  SECTION("one that the record knows is kept") {
    world.observed.records["ci-main"].known.insert(kNow - kDay / 2);
    CHECK(found(world).empty());
  }
  SECTION("one that was handed to an outsider is kept") {
    world.observed.records["ci-main"].external_slot = "password2";
    world.token("ci-main").slots.back().expires_at = kNow + 80 * kDay;
    CHECK(found(world).empty());
  }
}

TEST_CASE("without a record, the second of two passwords made together is likely forgotten", "[policy]") {
  PolicyWorld world;
  world.observed.records.erase("ci-main");
  auto& slots = world.token("ci-main").slots;
  slots.push_back({"password2", slots[0].created_at + Seconds(1), slots[0].expires_at});
  CHECK(found(world) == Lines{"forgotten-password warning tokens/ci-main"});
  slots[1].created_at += Seconds(3600);
  CHECK(found(world).empty());
}

TEST_CASE("a password that lives longer than the configuration says is told, with a day of grace",
          "[policy]") {
  PolicyWorld world;
  auto& slot = world.token("ci-main").slots[0];
  slot.expires_at = slot.created_at + 91 * kDay;
  CHECK(found(world).empty());
  slot.expires_at = slot.created_at + 92 * kDay;
  CHECK(found(world) == Lines{"long-lived warning tokens/ci-main"});
}

TEST_CASE("an outsider's password is told of before it ends", "[policy]") {
  PolicyWorld world;
  world.token("ci-main").slots.push_back({"password2", kNow - 60 * kDay, kNow + 20 * kDay});
  world.observed.records["ci-main"].external_slot = "password2";
  CHECK(found(world).empty());
  world.token("ci-main").slots.back().expires_at = kNow + 13 * kDay;
  CHECK(found(world) == Lines{"outsider-ends warning tokens/ci-main"});
}

TEST_CASE("several tokens that write by one scope map are told; that read by one are not", "[policy]") {
  PolicyWorld world;
  world.add_token("node-green", "app-pull");
  CHECK(found(world).empty());
  world.add_token("ci-nightly", "cicd-scope");
  CHECK(found(world) == Lines{"shared-scope-map warning scope-maps/cicd-scope"});
}

TEST_CASE("a wildcard counts where a token has it, and is an error where it may write everything",
          "[policy]") {
  PolicyWorld world;
  world.map("app-pull").actions = {"repositories/myapp/*/content/read"};
  CHECK(found(world) == Lines{"wildcard warning scope-maps/app-pull"});
  world.map("app-pull").actions = {"repositories/*/content/read", "repositories/*/content/delete"};
  CHECK(found(world) == Lines{"wildcard error scope-maps/app-pull"});
  world.token("node-blue").scope_map = "cicd-scope";
  const auto lines = found(world);
  CHECK(std::none_of(lines.begin(), lines.end(),
                     [](const std::string& line) { return line.starts_with("wildcard"); }));
}

TEST_CASE("a write without a read is told, unless another line reads it", "[policy]") {
  PolicyWorld world;
  world.map("cicd-scope").actions = {"repositories/myapp/api/content/write"};
  CHECK(found(world) == Lines{"write-without-read warning scope-maps/cicd-scope"});
  world.map("cicd-scope").actions.push_back("repositories/myapp/*/content/read");
  CHECK(found(world) == Lines{"wildcard warning scope-maps/cicd-scope"});
}

TEST_CASE("a repository that does not exist is noted, where the repositories are known", "[policy]") {
  PolicyWorld world;
  world.observed.repositories->clear();
  CHECK(found(world) == Lines{"missing-repository note scope-maps/app-pull",
                              "missing-repository note scope-maps/cicd-scope"});
  world.observed.repositories.reset();
  CHECK(found(world).empty());
}

TEST_CASE("a scope map without tokens is noted, but not one of the registry's own", "[policy]") {
  PolicyWorld world;
  world.add_map("old-scope", {{"myapp/api", {"content/read"}}});
  CHECK(found(world) == Lines{"unused-scope-map note scope-maps/old-scope"});
  world.map("old-scope").system_defined = true;
  CHECK(found(world).empty());
}

TEST_CASE("a token without a login is told only where the log reaches back far enough", "[policy]") {
  PolicyWorld world;
  for (auto* name : {"ci-main", "node-blue"}) {
    world.token(name).slots[0].created_at = kNow - 100 * kDay;
    world.token(name).slots[0].expires_at = kNow - kDay;
  }
  world.observed.usage.emplace();
  world.observed.usage->last_use["ci-main"] = kNow - kDay;
  world.observed.usage->since = kNow - 30 * kDay;
  CHECK(found(world).empty());
  world.observed.usage->since = kNow - 90 * kDay;
  CHECK(found(world) == Lines{"unused-token warning tokens/node-blue"});
  world.token("node-blue").slots[0].created_at = kNow - kDay;  // it is new
  CHECK(found(world).empty());
  world.observed.usage->last_use["ci-main"] = kNow - 90 * kDay;
  CHECK(found(world) == Lines{"unused-token warning tokens/ci-main"});
}

TEST_CASE("a token that no file names is told", "[policy]") {
  PolicyWorld world;
  world.written.tokens.erase("node-blue");
  CHECK(found(world) == Lines{"unwritten-token warning tokens/node-blue"});
}

TEST_CASE("each rule has an id of its own and a sentence", "[policy]") {
  std::set<std::string_view> ids;
  for (const Rule& rule : rules()) {
    CHECK(ids.insert(rule.id).second);
    CHECK(rule.summary.ends_with('.'));
  }
}

TEST_CASE("findings are a document for programs, and SARIF names each rule that it uses", "[policy]") {
  PolicyWorld world;
  world.token("ci-main").slots[0].expires_at.reset();
  const Findings findings = lint(world.observed, {});
  CHECK(
      json::dump(findings_json(findings))
          .starts_with(
              R"({"findings":[{"rule":"never-expires","level":"error","object":"tokens/ci-main","message":"password1 never)"));
  const json::Value sarif = findings_sarif(findings, "myregistry.azurecr.io", "1.0");
  CHECK(*sarif.at({"version"})->text() == "2.1.0");
  const json::Value& run = sarif.at({"runs"})->array()->front();
  CHECK(run.at({"tool", "driver", "rules"})->array()->size() == rules().size());
  const json::Value& result = run.at({"results"})->array()->front();
  CHECK(*result.at({"ruleId"})->text() == "never-expires");
  CHECK(*result.at({"level"})->text() == "error");
  const json::Value& location = result.at({"locations"})->array()->front();
  CHECK(*location.at({"physicalLocation", "artifactLocation", "uri"})->text() ==
        "file:///etc/scoped/config.json");
  CHECK(*location.at({"physicalLocation", "region", "startLine"})->integer() == 20);
}
