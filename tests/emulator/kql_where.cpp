// Conditions: comparisons of columns and values, joined by `and` and `or`.
#include "tests/emulator/kql_cells.h"
#include "tests/emulator/kql_reader.h"
#include "tests/emulator/names.h"

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr int kDeepest = 50;  // parentheses within each other

// A column or a value.
struct Operand {
  Kind kind;
  std::function<Cell(const Row&)> of;
  std::string shown;
};

Operand value_of(Kind kind, Cell cell, std::string shown) {
  return {kind, [cell = std::move(cell)](const Row&) { return cell; }, std::move(shown)};
}

// Comparisons of an order.
struct OrderSign {
  std::string_view sign;
  bool (*holds)(std::weak_ordering);
};
constexpr std::array<OrderSign, 6> kOrderSigns = {
    OrderSign{"==", [](std::weak_ordering order) { return order == 0; }},
    {"!=", [](std::weak_ordering order) { return order != 0; }},
    {"<=", [](std::weak_ordering order) { return order <= 0; }},
    {">=", [](std::weak_ordering order) { return order >= 0; }},
    {"<", [](std::weak_ordering order) { return order < 0; }},
    {">", [](std::weak_ordering order) { return order > 0; }}};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Whether `term` stands in `text` with no letter or digit beside it.
bool has_term(const std::string& text, const std::string& term) {
  for (size_t at = text.find(term); at != std::string::npos; at = text.find(term, at + 1)) {
    const size_t end = at + term.size();
    if ((at == 0 || !is_letter_or_digit(text[at - 1])) &&
        (end == text.size() || !is_letter_or_digit(text[end])))
      return true;
  }
  return false;
}

// Comparisons of texts, without regard to case: both sides are in lower case here. A '!' before the name, or
// "!~", is the opposite.
struct TextSign {
  std::string_view sign, opposite;
  bool (*holds)(const std::string& left, const std::string& right);
};
constexpr std::array<TextSign, 5> kTextSigns = {
    TextSign{"=~", "!~", [](const std::string& left, const std::string& right) { return left == right; }},
    {"contains", "!contains",
     [](const std::string& left, const std::string& right) { return left.find(right) != std::string::npos; }},
    {"has", "!has", has_term},
    {"startswith", "!startswith",
     [](const std::string& left, const std::string& right) { return left.starts_with(right); }},
    {"endswith", "!endswith",
     [](const std::string& left, const std::string& right) { return left.ends_with(right); }}};

class ConditionReader {
 public:
  ConditionReader(KqlReader& reader, const Relation& relation) : reader_(reader), relation_(relation) {}

  Result<Condition> any_of(int depth) {
    Condition left = TRY(all_of(depth));
    while (reader_.take_if("or")) {
      Condition right = TRY(all_of(depth));
      left = [left, right](const Row& row) { return left(row) || right(row); };
    }
    return left;
  }

 private:
  Result<Condition> all_of(int depth) {
    Condition left = TRY(one(depth));
    while (reader_.take_if("and")) {
      Condition right = TRY(one(depth));
      left = [left, right](const Row& row) { return left(row) && right(row); };
    }
    return left;
  }

  Result<Condition> one(int depth) {
    if (depth > kDeepest) return fail(ErrorCode::invalid_input, "its parentheses are too deep");
    const bool negated = reader_.peek().is("not") && reader_.at_call();
    if (negated) reader_.take();
    if (reader_.take_if("(")) {
      Condition inner = TRY(any_of(depth + 1));
      TRY(reader_.expect(")"));
      if (!negated) return inner;
      return Condition([inner](const Row& row) { return !inner(row); });
    }
    for (const bool empty : {true, false})
      if (reader_.take_if(empty ? "isempty" : "isnotempty")) return emptiness(empty);
    return comparison();
  }

  Result<Condition> emptiness(bool empty) {
    TRY(reader_.expect("("));
    const Operand operand = TRY(this->operand());
    TRY(reader_.expect(")"));
    return Condition([of = operand.of, empty](const Row& row) { return text_of(of(row)).empty() == empty; });
  }

  Result<Condition> comparison() {
    const Operand left = TRY(operand());
    const Word sign = reader_.take();
    for (const OrderSign& each : kOrderSigns)
      if (sign.is(each.sign)) return ordered(left, each, TRY(operand()));
    for (const TextSign& each : kTextSigns)
      if (sign.is(each.sign) || sign.is(each.opposite))
        return textual(left, each, TRY(operand()), sign.is(each.opposite));
    if (sign.is("in") || sign.is("!in")) return membership(left, sign.is("!in"));
    return fail(ErrorCode::invalid_input,
                fmt::format("'{}' is no comparison that is known here (behind '{}')", sign.text, left.shown));
  }

  static tl::unexpected<Error> no_match(const Operand& left, const Operand& right) {
    return fail(ErrorCode::invalid_input,
                fmt::format("'{}' is of type {} and cannot be compared with '{}' of type {}", left.shown,
                            kusto_name(left.kind), right.shown, kusto_name(right.kind)));
  }

  static Result<Condition> ordered(const Operand& left, const OrderSign& sign, const Operand& right) {
    if (!may_compare(left.kind, right.kind)) return no_match(left, right);
    return Condition([left = left.of, right = right.of, holds = sign.holds](const Row& row) {
      return holds(order_of(left(row), right(row)));
    });
  }

  static Result<Condition> textual(const Operand& left, const TextSign& sign, const Operand& right,
                                   bool opposite) {
    if (left.kind != Kind::text || right.kind != Kind::text) return no_match(left, right);
    return Condition([left = left.of, right = right.of, holds = sign.holds, opposite](const Row& row) {
      return holds(lower(text_of(left(row))), lower(text_of(right(row)))) != opposite;
    });
  }

  Result<Condition> membership(const Operand& left, bool opposite) {
    TRY(reader_.expect("("));
    std::vector<std::function<Cell(const Row&)>> members;
    do {
      const Operand member = TRY(operand());
      if (!may_compare(left.kind, member.kind)) return no_match(left, member);
      members.push_back(member.of);
    } while (reader_.take_if(","));
    TRY(reader_.expect(")"));
    return Condition([left = left.of, members = std::move(members), opposite](const Row& row) {
      const Cell cell = left(row);
      const bool found = std::any_of(members.begin(), members.end(),
                                     [&](const auto& member) { return order_of(cell, member(row)) == 0; });
      return found != opposite;
    });
  }

  Result<Operand> operand() {
    if (reader_.at_call()) return moment();
    const Word word = reader_.peek();
    switch (word.kind) {
      case Word::Kind::text:
        reader_.take();
        return value_of(Kind::text, word.text, word.text);
      case Word::Kind::whole:
        reader_.take();
        return value_of(Kind::whole, word.whole, word.text);
      case Word::Kind::real:
        reader_.take();
        return value_of(Kind::real, word.real, word.text);
      case Word::Kind::timespan:
        reader_.take();
        return value_of(Kind::timespan, word.timespan, word.text);
      case Word::Kind::datetime:
        reader_.take();
        return value_of(Kind::datetime, word.datetime, word.text);
      case Word::Kind::name:
        return named();
      default:
        return reader_.unexpected("a column or a value");
    }
  }

  Result<Operand> named() {
    for (const bool yes : {true, false})
      if (reader_.take_if(yes ? "true" : "false"))
        return value_of(Kind::boolean, yes, yes ? "true" : "false");
    std::string name = TRY(reader_.name("a column or a value"));
    const size_t index = TRY(column_index(relation_, name));
    return Operand{relation_.columns[index].kind, [index](const Row& row) { return row[index]; },
                   std::move(name)};
  }

  // now() and ago(1d).
  Result<Operand> moment() {
    const std::string function = TRY(reader_.name("a function"));
    TRY(reader_.expect("("));
    if (function == "now") {
      TRY(reader_.expect(")"));
      return value_of(Kind::datetime, reader_.now(), "now()");
    }
    if (function != "ago")
      return fail(ErrorCode::invalid_input,
                  fmt::format("'{}' is no function that is known here; now and ago are", function));
    if (reader_.peek().kind != Word::Kind::timespan) return reader_.unexpected("a time span such as 24h");
    const Word span = reader_.take();
    TRY(reader_.expect(")"));
    return value_of(Kind::datetime, reader_.now() - span.timespan, fmt::format("ago({})", span.text));
  }

  KqlReader& reader_;
  const Relation& relation_;
};

}  // namespace

Result<Condition> read_condition(KqlReader& reader, const Relation& relation) {
  return ConditionReader(reader, relation).any_of(0);
}

}  // namespace scoped::emulator
