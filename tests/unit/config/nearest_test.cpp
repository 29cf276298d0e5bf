// Not tested here: where suggestions are made (document_test, references_test).
#include "common/config/nearest.h"

#include "tests/support/catch.h"

using namespace scoped::config;

TEST_CASE("the distance counts letters added, removed, replaced and swapped", "[config]") {
  struct Row {
    const char* left;
    const char* right;
    size_t distance;
  };
  const Row rows[] = {
      {"", "", 0},
      {"", "abc", 3},
      {"hold", "hold", 0},
      {"Hold", "hOLD", 0},
      {"hodl", "hold", 1},
      {"hol", "hold", 1},
      {"holdd", "hold", 1},
      {"halt", "hold", 2},
      {"store", "token", 3},
      {"ca_fiel", "ca_file", 1},
      {"defualt", "default", 1},
  };
  for (const Row& row : rows) {
    INFO(row.left << " / " << row.right);
    CHECK(edit_distance(row.left, row.right) == row.distance);
    CHECK(edit_distance(row.right, row.left) == row.distance);
  }
}

TEST_CASE("a name that is near enough is taken for what was meant", "[config]") {
  const Names known = {"default_token", "store", "rotation", "tokens"};
  CHECK(nearest("defualt_token", known) == "default_token");
  CHECK(nearest("DEFAULT_TOKEN", known) == "default_token");
  CHECK(nearest("token", known) == "tokens");
  CHECK(nearest("stores", known) == "store");
  CHECK(!nearest("publishers", known));
  CHECK(!nearest("x", known));
  CHECK(!nearest("", known));
  CHECK(!nearest("anything", {}));
}

TEST_CASE("of two equally near names the first is suggested", "[config]") {
  CHECK(nearest("app-p", Names{"app-a", "app-b"}) == "app-a");
}

TEST_CASE("without a near name the known ones are listed, but not without end", "[config]") {
  CHECK(suggestion("hodl", {"hold"}) == ": did you mean 'hold'?");
  CHECK(suggestion("zzz", {"hold", "settle"}) == ": known are 'hold', 'settle'");
  CHECK(suggestion("zzz", {}).empty());
  const Names many(20, "settle");
  CHECK(suggestion("zzz", many).find(" and 8 more") != std::string::npos);
}

TEST_CASE("names of any length are compared in bounded time", "[config]") {
  const std::string long_name(100'000, 'a');
  CHECK(!nearest(long_name, {"hold"}));
  CHECK(edit_distance(long_name, long_name) == 0);
}
