#include "tests/emulator/kql_cells.h"

#include "common/json/value.h"

#include <fmt/format.h>

#include <optional>

namespace scoped::emulator {
namespace {

std::optional<double> number_in(const Cell& cell) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

bool is_number(Kind kind) { return kind == Kind::whole || kind == Kind::real; }

struct AsText {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(Instant at) const { return format_rfc3339(at); }
  std::string operator()(Ticks span) const { return fmt::format("{}", span.count()); }
  std::string operator()(int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(const std::vector<std::string>& list) const {
    json::Array array(list.begin(), list.end());
    return json::dump(std::move(array));
  }
};

}  // namespace

std::string_view kusto_name(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "string";
    case Kind::datetime:
      return "datetime";
    case Kind::timespan:
      return "timespan";
    case Kind::whole:
      return "long";
    case Kind::real:
      return "real";
    case Kind::boolean:
      return "bool";
    default:
      return "dynamic";
  }
}

bool may_compare(Kind left, Kind right) {
  return left != Kind::list && (left == right || (is_number(left) && is_number(right)));
}

std::weak_ordering order_of(const Cell& left, const Cell& right) {
  const auto left_number = number_in(left);
  const auto right_number = number_in(right);
  if (left_number && right_number)
    return *left_number < *right_number   ? std::weak_ordering::less
           : *left_number > *right_number ? std::weak_ordering::greater
                                          : std::weak_ordering::equivalent;
  if (left < right) return std::weak_ordering::less;
  return right < left ? std::weak_ordering::greater : std::weak_ordering::equivalent;
}

std::string text_of(const Cell& cell) { return std::visit(AsText(), cell); }

std::string key_of(const Row& row) {
  std::string key;
  for (const Cell& cell : row) key += fmt::format("{}\x1f{}\x1e", cell.index(), text_of(cell));
  return key;
}

}  // namespace scoped::emulator
