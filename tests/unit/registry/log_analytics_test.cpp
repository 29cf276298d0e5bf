// Not tested here: the queries themselves (tests/integration/walk.py).
#include "agent/registry/log_analytics.h"

#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

namespace scoped::registry {
namespace {

using namespace scoped::test;

const std::string kWorkspace = "0a1b2c3d-0000-1111-2222-333344445555";
const std::string kPost = "POST https://api.loganalytics.io/v1/workspaces/" + kWorkspace + "/query";

config::Registry logged_registry() {
  config::Registry registry = acr_registry();
  registry.control->values["workspace"] = kWorkspace;
  registry.control->values["logs_endpoint"] = std::string("https://api.loganalytics.io");
  return registry;
}

struct Log {
  config::Registry registry = logged_registry();
  FakeTransport transport;
  CountingIdentity identity;
  Result<LogTable> ask() {
    const Logs logs = TRY(Logs::open(registry, transport, identity));
    return logs.query("Table | take 1");
  }
};

const char* kBody = R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"Identity","type":"string"},
  {"name":"Events","type":"long"},{"name":"Ips","type":"dynamic"}],"rows":[["ci-main",3,null],["x",4,"[]"]]}]})";

TEST_CASE("a query is posted and its table read by column", "[registry]") {
  Log log;
  log.transport.answer(kPost, {200, kBody});
  const auto table = log.ask();
  REQUIRE(table);
  CHECK(log.transport.sent()[0].body == R"({"query":"Table | take 1"})");
  REQUIRE(table->rows.size() == 2);
  CHECK(table->cell(table->rows[0], "Identity") == "ci-main");
  CHECK(table->cell(table->rows[0], "Events") == "3");
  CHECK(table->cell(table->rows[0], "Ips").empty());
  CHECK(table->cell(table->rows[0], "Unknown").empty());
  CHECK_FALSE(table->partial);
}

TEST_CASE("an answer in part is marked", "[registry]") {
  const auto table = parse_log_table(
      R"({"tables":[{"columns":[],"rows":[]}],"error":{"code":"PartialError","message":"x"}})");
  REQUIRE(table);
  CHECK(table->partial);
}

TEST_CASE("a login that has run out is renewed once", "[registry]") {
  Log log;
  log.transport.answer(kPost, {401, ""});
  log.transport.answer(kPost, {200, kBody});
  CHECK(log.ask());
  CHECK(log.identity.logins == 2);
}

TEST_CASE("what is wrong is told with what to do", "[registry]") {
  struct Row {
    Answer answer;
    std::string words;
  };
  const Row row = GENERATE(
      Row{{401, ""}, "https://api.loganalytics.io/.default"}, Row{{403, ""}, "'Log Analytics Reader'"},
      Row{{404, ""}, "check 'workspace'"}, Row{{400, ""}, "diagnostic setting"}, Row{{503, ""}, "503"},
      Row{{200, "{}"}, "it has no table"}, Row{{200, "<html>"}, "ask the log"},
      Row{{200, R"({"tables":[{"columns":[{"name":"A"}],"rows":[[1,2]]}]})"}, "does not fit"});
  Log log;
  log.transport.answer(kPost, row.answer);
  const auto answer = log.ask();
  REQUIRE_FALSE(answer);
  INFO(answer.error().line());
  CHECK(answer.error().line().find(row.words) != std::string::npos);
}

TEST_CASE("without a workspace, or with one that is no GUID, nothing is asked", "[registry]") {
  Log log;
  log.registry.control->values["workspace"] = std::string("my-workspace");
  CHECK(log.ask().error().line().find("--query customerId") != std::string::npos);
  log.registry.control->values.erase("workspace");
  CHECK(log.ask().error().line().find("names no log") != std::string::npos);
  CHECK(log.transport.lines().empty());
}

TEST_CASE("the log is read by its own identity, where one is named", "[registry]") {
  Log log;
  CHECK(logs_identity_of(log.registry) == "rotator");
  log.registry.control->values["logs_identity"] = std::string("reader");
  CHECK(logs_identity_of(log.registry) == "reader");
}

}  // namespace
}  // namespace scoped::registry
