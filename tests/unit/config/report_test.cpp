// Problems as lines, and the names that the registry accepts. Not tested here: what is a problem
// (document_test, references_test).
#include "common/config/report.h"

#include "common/config/names.h"
#include "tests/support/catch.h"

using namespace scoped::config;

namespace {

std::string lines(Report& report) {
  std::string text;
  for (const Problem& problem : report.take()) text += problem.display() + "\n";
  return text;
}

}  // namespace

TEST_CASE("problems stand by file as they were opened, by line, and as they were found", "[config]") {
  Report report;
  report.open_file("z", true);
  report.add(9, "last");
  report.add(2, "first");
  report.add(2, "second");
  const Origin place = report.here(1);
  report.open_file("a", false);
  report.add(1, "other");
  report.add(place, "found late");
  report.add(0, "as a whole");
  CHECK(report.size() == 6);
  CHECK(lines(report) == "z:1: found late\nz:2: first\nz:2: second\nz:9: last\na: as a whole\na:1: other\n");
}

TEST_CASE("a place remembers its file and level", "[config]") {
  Report report;
  report.open_file("/etc/c", true);
  const Origin place = report.here(7);
  report.open_file("~/c", false);
  CHECK(place.file == "/etc/c");
  CHECK(place.line == 7);
  CHECK(place.system);
  CHECK_FALSE(report.here(1).system);
}

TEST_CASE("a quoted name is short and on one line", "[config]") {
  CHECK(in_quotes("hold") == "'hold'");
  CHECK(in_quotes("") == "''");
  CHECK(in_quotes("a\nb\x7f") == "'a?b?'");
  CHECK(in_quotes(std::string(1000, 'x')).size() < 110);
}

TEST_CASE("names follow the registry's rules", "[config]") {
  const std::string fifty(50, 'a');
  for (const std::string& good :
       {std::string("token"), std::string("CI-Main-1"), std::string("-dash"), fifty})
    CHECK_FALSE(problem_of_token_name(good));
  for (const std::string& wrong :
       {std::string(), std::string("four"), fifty + "a", std::string("1token"), std::string("under_score"),
        std::string("dot.ted"), std::string("t\xc3\xb6ken")}) {
    INFO(wrong);
    CHECK(problem_of_token_name(wrong));
  }
  for (const char* good : {"scope", "1-map_2", "_repositories_pull"})
    CHECK_FALSE(problem_of_scope_map_name(good));
  for (const char* wrong : {"", "four", "dot.ted", "a b c d"}) CHECK(problem_of_scope_map_name(wrong));
  for (const char* good : {"a", "corp", "corp-1.eu_2", "9"}) CHECK_FALSE(problem_of_object_name(good));
  for (const char* wrong : {"", "-x", ".x", "a/b", "a b", "..", "a\n"}) CHECK(problem_of_object_name(wrong));
}
