// The query language over a small table. Not tested here: the tables of a registry (log_analytics_test.cpp).
#include "tests/emulator/kql.h"

#include "tests/emulator/kql_cells.h"
#include "tests/unit/emulator/contains.h"

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

const Instant kNow = parse_rfc3339("2026-11-24T12:00:00Z").value();

Relation visits() {
  Relation relation{{{"At", Kind::datetime}, {"Who", Kind::text}, {"Ms", Kind::real}, {"Size", Kind::whole}},
                    {}};
  const auto add = [&](int hours_ago, const char* who, double ms, Cell size) {
    relation.rows.push_back(
        std::make_shared<const Row>(Row{kNow - std::chrono::hours(hours_ago), std::string(who), ms, size}));
  };
  add(30, "ci-main", 1.5, int64_t{10});
  add(2, "node-blue", 2, int64_t{20});
  add(1, "ci-main", 0.5, {});
  return relation;
}

Result<Relation> ask(std::string_view query) {
  const NamedTable tables[] = {{"Visits", visits}};
  return run_query(query, tables, kNow);
}

// "a,b;c,d": the rows of the answer.
std::string rows(std::string_view query) {
  const auto answer = ask(query);
  INFO(query);
  if (!answer) FAIL(answer.error().line());
  std::string text;
  for (const auto& row : answer->rows) {
    if (!text.empty()) text += ";";
    for (size_t i = 0; i < row->size(); ++i) text += (i == 0 ? "" : ",") + text_of((*row)[i]);
  }
  return text;
}

std::string columns(std::string_view query) {
  std::string text;
  const Relation answer = ask(query).value();
  for (const Column& column : answer.columns)
    text += column.name + ":" + std::string(kusto_name(column.kind)) + " ";
  return text;
}

std::string who(const std::string& condition) {
  return rows("Visits | where " + condition + " | project Who");
}

}  // namespace

TEST_CASE("a table alone is all of it", "[emulator]") {
  CHECK(columns("Visits") == "At:datetime Who:string Ms:real Size:long ");
  CHECK(rows("Visits | count") == "3");
  CHECK(rows(" Visits // all of them\n | take 1 | project Who") == "ci-main");
}

TEST_CASE("rows are chosen by comparisons", "[emulator]") {
  struct Row {
    const char* condition;
    const char* who;
  };
  for (const Row& row : {Row{"Who == 'ci-main'", "ci-main;ci-main"},
                         {"Who == 'CI-main'", ""},
                         {"Who =~ 'CI-main'", "ci-main;ci-main"},
                         {"Who != \"ci-main\"", "node-blue"},
                         {"Who !~ 'CI-MAIN'", "node-blue"},
                         {"Who contains 'BLUE'", "node-blue"},
                         {"Who !contains 'blue'", "ci-main;ci-main"},
                         {"Who has 'main'", "ci-main;ci-main"},
                         {"Who has 'mai'", ""},
                         {"Who startswith 'Node'", "node-blue"},
                         {"Who endswith 'blue'", "node-blue"},
                         {"Who in ('a', 'node-blue')", "node-blue"},
                         {"Who !in ('a', 'node-blue')", "ci-main;ci-main"},
                         {"Ms > 1", "ci-main;node-blue"},
                         {"Ms <= 1.5 and Size >= 10", "ci-main"},
                         {"Size == 20 or Ms < 1", "node-blue;ci-main"},
                         {"not(Size == 20 or Ms < 1)", "ci-main"},
                         {"isempty(Size)", "ci-main"},
                         {"isnotempty(Size) and (Who == 'ci-main')", "ci-main"},
                         {"At > ago(24h)", "node-blue;ci-main"},
                         {"At > ago(90m)", "ci-main"},
                         {"At < datetime(2026-11-24)", "ci-main"},
                         {"At >= datetime(2026-11-24T11:00:00Z) and At < now()", "ci-main"}}) {
    INFO(row.condition);
    CHECK(who(row.condition) == row.who);
  }
}

TEST_CASE("and binds closer than or", "[emulator]") {
  CHECK(who("Who == 'node-blue' or Who == 'ci-main' and Ms < 1") == "node-blue;ci-main");
  CHECK(who("(Who == 'node-blue' or Who == 'ci-main') and Ms < 1") == "ci-main");
}

TEST_CASE("columns are chosen and renamed", "[emulator]") {
  CHECK(columns("Visits | project Size, Name = Who") == "Size:long Name:string ");
  CHECK(rows("Visits | distinct Who") == "ci-main;node-blue");
}

TEST_CASE("rows are ordered, from the greatest unless it is asked otherwise", "[emulator]") {
  CHECK(rows("Visits | order by Ms | project Ms") == "2;1.5;0.5");
  CHECK(rows("Visits | sort by Who asc, Ms asc | project Who, Ms") == "ci-main,0.5;ci-main,1.5;node-blue,2");
  CHECK(rows("Visits | top 1 by Ms desc | project Who") == "node-blue");
}

TEST_CASE("groups are summed up", "[emulator]") {
  CHECK(rows("Visits | summarize Last = max(At), count(), Sizes = make_set(Size, 1) by Who") ==
        "ci-main,2026-11-24T11:00:00Z,2,[\"10\"];node-blue,2026-11-24T10:00:00Z,1,[\"20\"]");
  CHECK(columns("Visits | summarize Last = max(At), count(), make_set(Who), dcount(Who), sum(Size) by Who") ==
        "Who:string Last:datetime count_:long set_Who:dynamic dcount_Who:long sum_Size:long ");
  CHECK(rows("Visits | summarize min(Ms), max(Ms), sum(Size), sum(Ms), dcount(Who)") == "0.5,2,30,4,2");
  CHECK(rows("Visits | where Who == 'nobody' | summarize count()") == "0");
  CHECK(rows("Visits | where Who == 'nobody' | summarize count() by Who").empty());
  CHECK(rows("Visits | summarize by Who") == "ci-main;node-blue");
}

TEST_CASE("what is not understood is refused by its name", "[emulator]") {
  struct Row {
    const char* query;
    const char* named;
  };
  for (const Row& row :
       {Row{"", "a table"},
        {"Guests", "'Guests'"},
        {"Visits | render timechart", "'render' is not known here; known are where, project"},
        {"Visits | where", "ends where a column or a value"},
        {"Visits | where Name == 'x'", "no column 'Name'; there are At, Who, Ms, Size"},
        {"Visits | where Who ~ 'x'", "'~ 'x''"},
        {"Visits | where Who like 'x'", "'like' is no comparison"},
        {"Visits | where Ms == 'x'", "'Ms' is of type real and cannot be compared with 'x'"},
        {"Visits | where Ms contains 'x'", "cannot be compared"},
        {"Visits | where Who in 'x'", "'('"},
        {"Visits | where Who == 'x", "has no end"},
        {"Visits | where (Who == 'x'", "')'"},
        {"Visits | where At > ago(5)", "a time span such as 24h"},
        {"Visits | where At > bin(At)", "'bin' is no function"},
        {"Visits | where At > datetime(yesterday)", "'datetime(yesterday)'"},
        {"Visits | where At > 99999999d", "'99999999d' is no number"},
        {"Visits | where Size > 1.2.3", "'1.2.3' is no number"},
        {"Visits | project", "a column"},
        {"Visits | take many", "a whole number"},
        {"Visits | top 5 Ms", "'by'"},
        {"Visits | summarize avg(Ms)", "'avg' is no function"},
        {"Visits | summarize sum(Who)", "cannot be added up"},
        {"Visits | summarize count() by", "a column"},
        {"Visits Visits", "'Visits' stands where '|' is expected"},
        {"Visits ; Visits", "'; Visits'"}}) {
    INFO(row.query);
    const auto answer = ask(row.query);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == ErrorCode::invalid_input);
    CHECK_THAT(answer.error().line(), Contains(row.named));
  }
  CHECK_FALSE(ask("Visits | where " + std::string(100, '(') + "Ms > 1" + std::string(100, ')')));
  CHECK_FALSE(ask(std::string(20'000, ' ')));
}
