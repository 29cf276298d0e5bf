// The logs of a registry, asked as Log Analytics is. Not tested here: the query language by itself
// (kql_test.cpp), what nginx's log says (repository_events_test.cpp).
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

std::string address(const World& w) {
  return "/v1/workspaces/" + workspace_of(w.site.model.facts()) + "/query";
}

Answer ask(World& w, const std::string& query, const std::string& more = "") {
  return w.control("POST", address(w), R"({"query":)" + json::quote(query) + more + "}");
}

// The rows, one after the other.
std::string rows(World& w, const std::string& query, const std::string& more = "") {
  const Answer answer = ask(w, query, more);
  const json::Value body = parsed(answer);
  const json::Value* tables = body.at({"tables"});
  REQUIRE(tables != nullptr);
  return json::dump(*(*tables->array())[0].at({"rows"}));
}

void log_in(World& w, const std::string& user, const std::string& password) {
  w.get("/oauth2/token?service=localhost:2", World::basic(user, password));
}

}  // namespace

TEST_CASE("every login is an event, whatever came of it", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password();
  log_in(w, "node-blue", password);
  log_in(w, "node-blue", "wrong");
  log_in(w, "nobody", "wrong");
  w.get("/oauth2/token?service=localhost:2");  // without a user it is nobody's
  CHECK(rows(w, "ContainerRegistryLoginEvents | project Identity, ResultDescription, OperationName") ==
        R"([["node-blue","200","Authenticate"],["node-blue","401","Authenticate"],)"
        R"(["nobody","401","Authenticate"]])");
}

TEST_CASE("the ways of the form are logins too", "[emulator]") {
  World w;
  w.make_token();
  w.form("/oauth2/token", "service=localhost:2&grant_type=password&username=node-blue&password=x");
  w.form("/oauth2/exchange", "grant_type=access_token&service=localhost:2&access_token=" + w.bearer);
  CHECK(rows(w, "ContainerRegistryLoginEvents | project Identity, ResultDescription") ==
        R"([["node-blue","401"],[")" + w.site.model.facts().client_id + R"(","200"]])");
}

TEST_CASE("an event names its access token, its moment and who asked", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password();
  const RouteTable tables[] = {kLoginToken};
  Request request =
      make_request("GET", "/oauth2/token?service=localhost:2",
                   {{"Authorization", World::basic("node-blue", password)}, {"User-Agent", "docker/20"}}, "")
          .value();
  request.peer = "10.0.0.7";
  const Answer answer = w.site.serve(request, tables, kLogin);
  const auto jws = crypto::peek_compact(text_at(answer, {"access_token"}));
  REQUIRE(jws);
  const std::string id = *json::parse(jws->payload_json).value().at({"jti"})->text();
  CHECK(rows(w, "ContainerRegistryLoginEvents | project JwtId, TimeGenerated, CallerIpAddress, UserAgent") ==
        R"([[")" + id + R"(",")" + format_rfc3339(w.clock.now()) + R"(","10.0.0.7","docker/20"]])");
}

TEST_CASE("the tables have the columns that are documented", "[emulator]") {
  World w;
  for (const char* column :
       {"TenantId", "TimeGenerated", "OperationName", "Category", "CorrelationId", "LoginServer", "Identity",
        "CallerIpAddress", "DurationMs", "Region", "ResultType", "ResultDescription", "UserAgent",
        "SourceSystem", "Type", "_ResourceId"})
    for (const char* table : {"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"})
      CHECK(ask(w, std::string(table) + " | project " + column).status == 200);
  CHECK(ask(w, "ContainerRegistryLoginEvents | project JwtId").status == 200);
  CHECK(ask(w,
            "ContainerRegistryRepositoryEvents | project Repository, Tag, Digest, Size, MediaType, "
            "ArtifactType, UserTenantId")
            .status == 200);
  CHECK(ask(w, "ContainerRegistryLoginEvents | project Repository").status == 400);
}

TEST_CASE("a time span leaves out what is older", "[emulator]") {
  World w;
  log_in(w, "early", "x");
  w.clock.advance(std::chrono::hours(2));
  w.bearer = w.fresh_bearer();
  log_in(w, "late", "x");
  const std::string all = "ContainerRegistryLoginEvents | project Identity";
  CHECK(rows(w, all) == R"([["early"],["late"]])");
  CHECK(rows(w, all, R"(,"timespan":"PT1H")") == R"([["late"]])");
  CHECK(rows(w, all, R"(,"timespan":"P1DT1H30M")") == R"([["early"],["late"]])");
  CHECK(rows(w, "ContainerRegistryLoginEvents | where TimeGenerated > ago(1h) | project Identity") ==
        R"([["late"]])");
  for (const char* wrong : {"P", "PT", "1H", "P1X", "PT1D", "P-1D", "P99999999D", "PT1H/PT2H"}) {
    INFO(wrong);
    CHECK(ask(w, all, R"(,"timespan":")" + std::string(wrong) + "\"").status == 400);
  }
}

TEST_CASE("the last use of each token is one query", "[emulator]") {
  World w;
  w.make_token();
  log_in(w, "node-blue", w.password());
  CHECK(rows(w, R"(ContainerRegistryLoginEvents | where ResultDescription == "200")"
                R"( | summarize LastUse=max(TimeGenerated), Ips=make_set(CallerIpAddress,20) by Identity)") ==
        R"([["node-blue",")" + format_rfc3339(w.clock.now()) + R"(","[]"]])");
}

TEST_CASE("a query may be in the address", "[emulator]") {
  World w;
  CHECK(w.control("GET", address(w) + "?query=ContainerRegistryLoginEvents%20%7C%20count&timespan=P1D")
            .status == 200);
  CHECK(w.control("GET", address(w)).status == 400);
}

TEST_CASE("a query that is not understood is refused with the word that was not", "[emulator]") {
  World w;
  const Answer answer = ask(w, "ContainerRegistryLoginEvents | render piechart");
  CHECK(answer.status == 400);
  CHECK(code_of(answer) == "BadArgumentError");
  CHECK_THAT(text_at(answer, {"error", "message"}), Contains("'render'"));
  CHECK(w.control("POST", address(w), "{}").status == 400);
  CHECK(w.control("POST", address(w), "query").status == 400);
}

TEST_CASE("the logs are for those with a bearer for them or for ARM", "[emulator]") {
  World w;
  w.bearer = w.fresh_bearer("https://api.loganalytics.io");
  CHECK(ask(w, "ContainerRegistryLoginEvents").status == 200);
  CHECK(w.arm("GET", "/tokens").status == 401);
  w.bearer = w.fresh_bearer("https://vault.azure.net");
  CHECK(ask(w, "ContainerRegistryLoginEvents").status == 401);
  w.bearer = "";
  CHECK(ask(w, "ContainerRegistryLoginEvents").status == 401);
  w.bearer = w.fresh_bearer();
  CHECK(
      w.control("POST", "/v1/workspaces/other/query", R"({"query":"ContainerRegistryLoginEvents"})").status ==
      404);
}

TEST_CASE("of each table the last events are kept", "[emulator]") {
  EventLog log;
  Event event;
  for (size_t i = 0; i <= EventLog::kMost; ++i) {
    event.identity = std::to_string(i);
    log.add(event);
  }
  CHECK(log.of(Event::Table::login).size() == EventLog::kMost);
  CHECK(log.of(Event::Table::login).front().identity == "1");
  CHECK(log.of(Event::Table::repository).empty());
}
