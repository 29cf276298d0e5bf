#include "tests/emulator/kql.h"

#include "tests/emulator/kql_cells.h"
#include "tests/emulator/kql_reader.h"

#include <algorithm>
#include <array>
#include <set>

namespace scoped::emulator {
namespace {

Result<Relation> where(KqlReader& reader, Relation relation) {
  const Condition holds = TRY(read_condition(reader, relation));
  std::erase_if(relation.rows, [&](const auto& row) { return !holds(*row); });
  return relation;
}

// A, B, New = C
Result<Relation> project(KqlReader& reader, Relation relation) {
  Relation result;
  std::vector<size_t> taken;
  do {
    std::string name;
    if (reader.at_assignment()) {
      name = TRY(reader.name("a name"));
      TRY(reader.expect("="));
    }
    const std::string column = TRY(reader.name("a column"));
    taken.push_back(TRY(column_index(relation, column)));
    result.columns.push_back({name.empty() ? column : name, relation.columns[taken.back()].kind});
  } while (reader.take_if(","));
  for (const auto& row : relation.rows) {
    Row made;
    for (const size_t index : taken) made.push_back((*row)[index]);
    result.rows.push_back(std::make_shared<const Row>(std::move(made)));
  }
  return result;
}

Result<Relation> distinct(KqlReader& reader, Relation relation) {
  Relation result = TRY(project(reader, std::move(relation)));
  std::set<std::string> seen;
  std::erase_if(result.rows, [&](const auto& row) { return !seen.insert(key_of(*row)).second; });
  return result;
}

Result<Relation> order_by(KqlReader& reader, Relation relation) {
  struct Key {
    size_t column;
    bool ascending;
  };
  std::vector<Key> keys;
  do {
    const size_t column = TRY(column_index(relation, TRY(reader.name("a column"))));
    const bool ascending = reader.take_if("asc");
    if (!ascending) reader.take_if("desc");
    keys.push_back({column, ascending});
  } while (reader.take_if(","));
  std::stable_sort(relation.rows.begin(), relation.rows.end(), [&](const auto& left, const auto& right) {
    for (const Key& key : keys) {
      const auto order = order_of((*left)[key.column], (*right)[key.column]);
      if (order != 0) return key.ascending ? order < 0 : order > 0;
    }
    return false;
  });
  return relation;
}

Result<Relation> sort(KqlReader& reader, Relation relation) {
  TRY(reader.expect("by"));
  return order_by(reader, std::move(relation));
}

Result<Relation> take(KqlReader& reader, Relation relation) {
  const auto most = static_cast<size_t>(TRY(reader.whole_number()));
  if (relation.rows.size() > most) relation.rows.resize(most);
  return relation;
}

Result<Relation> top(KqlReader& reader, Relation relation) {
  const auto most = static_cast<size_t>(TRY(reader.whole_number()));
  relation = TRY(sort(reader, std::move(relation)));
  if (relation.rows.size() > most) relation.rows.resize(most);
  return relation;
}

Result<Relation> count(KqlReader&, Relation relation) {
  Relation result;
  result.columns.push_back({"Count", Kind::whole});
  result.rows.push_back(std::make_shared<const Row>(Row{static_cast<int64_t>(relation.rows.size())}));
  return result;
}

Result<Relation> summarize_rows(KqlReader& reader, Relation relation) { return summarize(reader, relation); }

struct Step {
  std::string_view name;
  Result<Relation> (*apply)(KqlReader&, Relation);
};
constexpr std::array<Step, 10> kSteps = {
    Step{"where", where},   {"project", project}, {"summarize", summarize_rows},
    {"distinct", distinct}, {"order", sort},      {"sort", sort},
    {"top", top},           {"take", take},       {"limit", take},
    {"count", count}};

template <typename Rows>
std::string names_of(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) text += fmt::format("{}{}", text.empty() ? "" : ", ", row.name);
  return text;
}

template <typename Rows>
auto find_named(const Rows& rows, std::string_view name) -> Result<decltype(&*rows.begin())> {
  for (const auto& row : rows)
    if (row.name == name) return &row;
  return fail(ErrorCode::invalid_input,
              fmt::format("'{}' is not known here; known are {}", name, names_of(rows)));
}

Result<Relation> run(KqlReader& reader, std::span<const NamedTable> tables) {
  const NamedTable* table = TRY(find_named(tables, TRY(reader.name("a table"))));
  Relation relation = table->open();
  while (reader.take_if("|")) {
    const Step* step = TRY(find_named(kSteps, TRY(reader.name("a step"))));
    relation = TRY_WITH(step->apply(reader, std::move(relation)), fmt::format("'{}'", step->name));
  }
  if (reader.peek().kind != Word::Kind::end) return reader.unexpected("'|'");
  return relation;
}

}  // namespace

Result<size_t> column_index(const Relation& relation, const std::string& name) {
  for (size_t i = 0; i < relation.columns.size(); ++i)
    if (relation.columns[i].name == name) return i;
  return fail(ErrorCode::invalid_input,
              fmt::format("there is no column '{}'; there are {}", name, names_of(relation.columns)));
}

Result<Relation> run_query(std::string_view query, std::span<const NamedTable> tables, Instant now) {
  KqlReader reader(TRY(split_query(query)), now);
  return run(reader, tables);
}

}  // namespace scoped::emulator
