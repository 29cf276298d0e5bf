// The tables of settings themselves: a mistake in a row is found here and not by a user. Not tested here: the
// rows of stores, identities and control planes (beside their code).
#include "common/config/rows.h"

#include "common/config/copies.h"
#include "common/config/nearest.h"
#include "common/config/rotation.h"
#include "tests/support/catch.h"
#include "tests/unit/config/scene.h"

#include <set>

using namespace scoped;
using namespace scoped::config;

namespace {

struct Table {
  const char* name;
  std::span<const Setting> rows;
};

std::vector<Table> tables() {
  return {{"document", document_rows()}, {"registry", registry_rows()}, {"scope map", scope_map_rows()},
          {"token", token_rows()},       {"allow", allow_rows()},       {"agent", agent_rows()},
          {"rotation", rotation_rows()}, {"copies", copies_rows()},     {"metrics", metrics_rows()}};
}

// What the parser says of a row's default, written as a file would write it.
std::string problem_of_default(const Setting& row) {
  const bool bare = row.kind == Kind::integer || row.kind == Kind::boolean;
  const std::string text(row.default_text);
  std::string written = bare ? text : json::quote(text);
  if (row.kind == Kind::text_list) {
    json::Array list;
    for (std::string_view element : split_choices(text)) list.emplace_back(element);
    written = json::dump(json::Value(std::move(list)));
  }
  Report report;
  report.open_file("c", false);
  const auto value = read_value(row, json::parse(written).value(), test::catalog(), report);
  if (!value) return report.take().front().text;
  return *value == default_value(row) ? "" : "the parser reads it as something else";
}

}  // namespace

TEST_CASE("every row has a name of its own and a sentence", "[config]") {
  for (const Table& table : tables()) {
    std::set<std::string_view> names;
    for (const Setting& row : table.rows) {
      INFO(table.name << ": " << row.name);
      CHECK(names.insert(row.name).second);
      REQUIRE_FALSE(row.doc.empty());
      CHECK(row.doc.back() == '.');
      CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    }
  }
}

TEST_CASE("every default is one that a file might give", "[config]") {
  for (const Table& table : tables())
    for (const Setting& row : table.rows) {
      INFO(table.name << ": " << row.name);
      if (!row.default_text.empty()) CHECK(problem_of_default(row).empty());
    }
}

TEST_CASE("no two keys of one object are a slip apart", "[config]") {
  for (const Table& table : tables())
    for (const Setting& left : table.rows)
      for (const Setting& right : table.rows) {
        INFO(table.name << ": " << left.name << ", " << right.name);
        if (left.name != right.name) CHECK(edit_distance(left.name, right.name) > 1);
      }
}

TEST_CASE("a key with a letter missing is answered with the key that was meant", "[config]") {
  for (const Table& table : tables()) {
    const Names known = names_of(table.rows);
    for (const Setting& row : table.rows) {
      std::string slip(row.name);
      slip.erase(slip.size() / 2, 1);
      INFO(table.name << ": " << slip);
      CHECK(nearest(slip, known) == row.name);
    }
  }
}

TEST_CASE("each number of the rotation reaches its place", "[config]") {
  const Rotation built_in = default_rotation();
  for (const Setting& row : rotation_rows()) {
    if (row.kind != Kind::duration) continue;
    INFO(row.name);
    json::Object object;
    object.set(std::string(row.name), "1234567s");
    Report report;
    report.open_file("c", false);
    const RotationLevel level =
        read_rotation(built_in_rotation(), &object, 1, report.here(1), test::catalog(), report);
    const Milliseconds all[] = {level.values.lifetime,
                                level.values.offline,
                                level.values.hold,
                                level.values.settle,
                                level.values.jitter,
                                level.values.skew,
                                level.values.fence_min,
                                level.values.fence_margin,
                                level.values.repair_budget,
                                level.values.observe,
                                level.values.fence_max.value_or(Milliseconds(0))};
    CHECK(report.size() == 0);
    CHECK(std::count(std::begin(all), std::end(all), std::chrono::seconds(1'234'567)) == 1);
    CHECK(level.values.logins == built_in.logins);
  }
}
