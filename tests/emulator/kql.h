// The part of Kusto's query language that people ask a registry's logs with, over tables in memory:
// packaging/doc/emulator.md lists it. Pure.
//
// The language: https://learn.microsoft.com/kusto/query/
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <stdint.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scoped::emulator {

enum class Kind { text, datetime, timespan, whole, real, boolean, list };
std::string_view kusto_name(Kind kind);  // "string", "datetime", "long", ...

// monostate: null. Texts in a list are what make_set collects.
using Cell = std::variant<std::monostate, std::string, Instant, Ticks, int64_t, double, bool,
                          std::vector<std::string>>;

struct Column {
  std::string name;
  Kind kind;
};
using Row = std::vector<Cell>;
struct Relation {
  std::vector<Column> columns;
  std::vector<std::shared_ptr<const Row>> rows;  // shared, since most steps pass them on as they are
};

// A table that a query may begin with.
struct NamedTable {
  std::string_view name;
  std::function<Relation()> open;
};

// invalid_input: what is not understood or does not fit, naming the word.
Result<Relation> run_query(std::string_view query, std::span<const NamedTable> tables, Instant now);

}  // namespace scoped::emulator
