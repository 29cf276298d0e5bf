// summarize: one row for each group, with what was reckoned over its rows.
#include "tests/emulator/kql_cells.h"
#include "tests/emulator/kql_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace scoped::emulator {
namespace {

using Rows = std::vector<std::shared_ptr<const Row>>;

struct Sum {  // what is reckoned, in one column of the result
  Column column;
  std::function<Cell(const Rows&)> of;
};

Cell number_of(size_t count) { return static_cast<int64_t>(count); }

// The first of all in an order; nulls do not count.
std::function<Cell(const Rows&)> extreme(size_t index, bool greatest) {
  return [index, greatest](const Rows& rows) {
    Cell best;
    for (const auto& row : rows) {
      const Cell& cell = (*row)[index];
      if (std::holds_alternative<std::monostate>(cell)) continue;
      const auto order = order_of(cell, best);
      if (std::holds_alternative<std::monostate>(best) || (greatest ? order > 0 : order < 0)) best = cell;
    }
    return best;
  };
}

Cell sum_of(const Rows& rows, size_t index) {
  int64_t whole = 0;
  double real = 0;
  bool is_real = false;
  for (const auto& row : rows) {
    if (const auto* number = std::get_if<int64_t>(&(*row)[index])) whole += *number;
    if (const auto* number = std::get_if<double>(&(*row)[index])) {
      real += *number;
      is_real = true;
    }
  }
  if (is_real) return real + static_cast<double>(whole);
  return whole;
}

size_t count_distinct(const Rows& rows, size_t index) {
  std::set<std::string> found;
  for (const auto& row : rows) found.insert(text_of((*row)[index]));
  return found.size();
}

// In the order in which they come.
std::vector<std::string> set_of(const Rows& rows, size_t index, size_t most) {
  std::vector<std::string> found;
  for (const auto& row : rows) {
    std::string text = text_of((*row)[index]);
    if (text.empty() || std::find(found.begin(), found.end(), text) != found.end()) continue;
    if (found.size() == most) break;
    found.push_back(std::move(text));
  }
  return found;
}

struct Function {
  std::string_view name;
  Result<Sum> (*make)(size_t index, const Column& of, size_t most);
};

tl::unexpected<Error> no_number(const Column& column) {
  return fail(ErrorCode::invalid_input,
              fmt::format("'{}' is of type {} and cannot be added up", column.name, kusto_name(column.kind)));
}

constexpr std::array<Function, 5> kFunctions = {
    Function{"dcount",
             [](size_t index, const Column&, size_t) -> Result<Sum> {
               return Sum{{"dcount_", Kind::whole},
                          [index](const Rows& rows) { return number_of(count_distinct(rows, index)); }};
             }},
    {"min",
     [](size_t index, const Column& of, size_t) -> Result<Sum> {
       return Sum{{"min_", of.kind}, extreme(index, false)};
     }},
    {"max",
     [](size_t index, const Column& of, size_t) -> Result<Sum> {
       return Sum{{"max_", of.kind}, extreme(index, true)};
     }},
    {"sum",
     [](size_t index, const Column& of, size_t) -> Result<Sum> {
       if (of.kind != Kind::whole && of.kind != Kind::real) return no_number(of);
       return Sum{{"sum_", of.kind}, [index](const Rows& rows) { return sum_of(rows, index); }};
     }},
    {"make_set", [](size_t index, const Column&, size_t most) -> Result<Sum> {
       return Sum{{"set_", Kind::list},
                  [index, most](const Rows& rows) { return Cell(set_of(rows, index, most)); }};
     }}};

std::string known_functions() {
  std::string text = "count";
  for (const Function& each : kFunctions) text += fmt::format(", {}", each.name);
  return text;
}

// FUNCTION(Column[, MOST]), with the name that Kusto gives the column when it gets none.
Result<Sum> read_call(KqlReader& reader, const Relation& relation) {
  const std::string function = TRY(reader.name("a function"));
  TRY(reader.expect("("));
  if (function == "count") {
    TRY(reader.expect(")"));
    return Sum{{"count_", Kind::whole}, [](const Rows& rows) { return number_of(rows.size()); }};
  }
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& each) { return each.name == function; });
  if (found == kFunctions.end())
    return fail(ErrorCode::invalid_input, fmt::format("'{}' is no function that is known here; known are {}",
                                                      function, known_functions()));
  const std::string name = TRY(reader.name("a column"));
  const size_t index = TRY(column_index(relation, name));
  size_t most = SIZE_MAX;
  if (function == "make_set" && reader.take_if(",")) most = static_cast<size_t>(TRY(reader.whole_number()));
  TRY(reader.expect(")"));
  Sum sum = TRY(found->make(index, relation.columns[index], most));
  sum.column.name += name;
  return sum;
}

Result<std::vector<Sum>> read_sums(KqlReader& reader, const Relation& relation) {
  std::vector<Sum> sums;
  if (reader.peek().is("by")) return sums;
  do {
    std::string name;
    if (reader.at_assignment()) {
      name = TRY(reader.name("a name"));
      TRY(reader.expect("="));
    }
    Sum sum = TRY(read_call(reader, relation));
    if (!name.empty()) sum.column.name = std::move(name);
    sums.push_back(std::move(sum));
  } while (reader.take_if(","));
  return sums;
}

Result<std::vector<size_t>> read_groups(KqlReader& reader, const Relation& relation) {
  std::vector<size_t> columns;
  if (!reader.take_if("by")) return columns;
  do {
    columns.push_back(TRY(column_index(relation, TRY(reader.name("a column")))));
  } while (reader.take_if(","));
  return columns;
}

struct Group {
  Row key;
  Rows rows;
};

// In the order in which their first rows come.
std::vector<Group> groups_of(const Relation& relation, const std::vector<size_t>& by) {
  std::vector<Group> groups;
  std::map<std::string, size_t> found;
  if (by.empty()) groups.emplace_back();  // one, even of nothing
  for (const auto& row : relation.rows) {
    Row key;
    for (const size_t column : by) key.push_back((*row)[column]);
    const auto [at, is_new] = found.emplace(key_of(key), by.empty() ? 0 : groups.size());
    if (is_new && !by.empty()) groups.push_back({std::move(key), {}});
    groups[at->second].rows.push_back(row);
  }
  return groups;
}

}  // namespace

Result<Relation> summarize(KqlReader& reader, const Relation& relation) {
  const std::vector<Sum> sums = TRY(read_sums(reader, relation));
  const std::vector<size_t> by = TRY(read_groups(reader, relation));
  Relation result;
  for (const size_t column : by) result.columns.push_back(relation.columns[column]);
  for (const Sum& sum : sums) result.columns.push_back(sum.column);
  for (Group& group : groups_of(relation, by)) {
    for (const Sum& sum : sums) group.key.push_back(sum.of(group.rows));
    result.rows.push_back(std::make_shared<const Row>(std::move(group.key)));
  }
  return result;
}

}  // namespace scoped::emulator
