// Not tested here: which tables there are (status_table_test.cpp, token_view_test.cpp).
#include "agent/ctl/table.h"

#include "agent/ctl/times.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using scoped::test::kNow;

TEST_CASE("columns are as wide as their widest cell and lines end without blanks", "[ctl]") {
  Table table({"NAME", "N", "NOTE"});
  table.row({"a", "1", ""});
  table.row({"longer", "", "x"});
  table.row({"", ""});
  CHECK(table.text() == "NAME    N  NOTE\na       1\nlonger     x\n\n");
}

TEST_CASE("a table without headings prints its rows alone", "[ctl]") {
  Table table;
  CHECK(table.empty());
  CHECK(table.text().empty());
  table.row({"name", "value"});
  CHECK_FALSE(table.empty());
  CHECK(table.text() == "name  value\n");
  CHECK(Table({"A"}).empty());
}

TEST_CASE("texts from outside cannot steer the terminal and are measured in characters", "[ctl]") {
  Table table;
  table.row({"\x1b[2Jgone\n", "x"});
  table.row({"h\xc3\xb6he", "y"});
  CHECK(table.text() == "?[2Jgone?  x\nh\xc3\xb6he       y\n");
}

TEST_CASE("a time is told by its distance in at most two units", "[ctl]") {
  struct Row {
    int64_t seconds;
    const char* text;
  };
  const Row table[] = {{0, "now"},           {1, "in 1s"},         {59, "in 59s"},      {60, "in 1m"},
                       {61, "in 1m 1s"},     {3'600, "in 1h"},     {3'661, "in 1h 1m"}, {86'400, "in 1d"},
                       {90'061, "in 1d 1h"}, {86'460, "in 1d"},    {-1, "1s ago"},      {-3'725, "1h 2m ago"},
                       {-172'800, "2d ago"}, {7'776'000, "in 90d"}};
  for (const Row& row : table) CHECK(relative(kNow + Seconds(row.seconds), kNow) == row.text);
  CHECK(relative(kNow + Ticks(5'000'000), kNow) == "now");
  CHECK(relative(kNow - Ticks(5'000'000), kNow) == "now");
  CHECK(with_relative(kNow + Seconds(60), kNow) == "2026-03-01 12:01:00 (in 1m)");
  CHECK(with_relative(std::nullopt, kNow) == "never");
}

TEST_CASE("a table that is too wide gives way in its widest column", "[ctl]") {
  Table table({"NAME", "GRANTS"});
  table.row({"app", "myapp/api (content/read)"});
  CHECK(table.text(20) == "NAME  GRANTS\napp   myapp/api (co~\n");
  CHECK(table.text(200) == table.text());
}

TEST_CASE("no column is cut below what says something, nor within a character", "[ctl]") {
  Table table;
  table.row({"\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4"});
  CHECK(table.text(1) == "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4~\n");
}
