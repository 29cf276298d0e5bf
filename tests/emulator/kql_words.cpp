#include "tests/emulator/kql_words.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace scoped::emulator {
namespace {

constexpr size_t kLongestQuery = 16'384;

struct Unit {
  std::string_view name;
  Ticks length;
};
constexpr std::array<Unit, 5> kUnits = {Unit{"d", std::chrono::hours(24)},
                                        {"h", std::chrono::hours(1)},
                                        {"m", std::chrono::minutes(1)},
                                        {"s", std::chrono::seconds(1)},
                                        {"ms", std::chrono::milliseconds(1)}};
constexpr int64_t kLongestSpan = 36'500;  // of any unit, so that no sum of times overflows

constexpr std::array<std::string_view, 6> kLongSigns = {"==", "!=", "<=", ">=", "=~", "!~"};
constexpr std::string_view kSigns = "|(),=<>";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return begins_name(c) || is_digit(c); }

class Splitter {
 public:
  explicit Splitter(std::string_view query) : left_(query) {}

  Result<std::vector<Word>> all() {
    std::vector<Word> words;
    do {
      skip_blanks();
      words.push_back(TRY(next()));
    } while (words.back().kind != Word::Kind::end);
    return words;
  }

 private:
  void skip_blanks() {
    while (!left_.empty()) {
      if (left_.starts_with("//"))
        left_.remove_prefix(std::min(left_.find('\n'), left_.size()));
      else if (std::string_view(" \t\r\n").find(left_[0]) != std::string_view::npos)
        left_.remove_prefix(1);
      else
        return;
    }
  }

  template <typename Belongs>
  std::string_view take_while(Belongs belongs) {
    size_t size = 0;
    while (size < left_.size() && belongs(left_[size])) ++size;
    return take(size);
  }
  std::string_view take(size_t size) {
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }

  Result<Word> next() {
    if (left_.empty()) return Word{};
    if (begins_name(left_[0])) return name();
    if (is_digit(left_[0])) return number();
    if (left_[0] == '"' || left_[0] == '\'') return quoted_text();
    return sign();
  }

  Result<Word> name() {
    const std::string_view text = take_while(is_in_name);
    if (text == "datetime" && left_.starts_with("(")) return datetime();
    return Word{Word::Kind::name, std::string(text), 0, 0, {}, {}};
  }

  // datetime(2026-11-01) or datetime(2026-11-01T10:00:00Z), which is the one literal without quotes.
  Result<Word> datetime() {
    const size_t end = left_.find(')');
    if (end == std::string_view::npos) return fail(ErrorCode::invalid_input, "'datetime(' has no end");
    std::string text(take(end + 1).substr(1, end - 1));
    const std::string whole = text.size() == 10 ? text + "T00:00:00Z" : text;
    const auto at = parse_rfc3339(whole);
    if (!at) return fail(ErrorCode::invalid_input, fmt::format("'datetime({})' is no time", text));
    return Word{Word::Kind::datetime, std::move(text), 0, 0, {}, *at};
  }

  Result<Word> number() {
    const std::string_view digits = take_while([](char c) { return is_digit(c) || c == '.'; });
    const std::string_view unit = take_while(is_in_name);
    Word word{Word::Kind::whole, fmt::format("{}{}", digits, unit), 0, 0, {}, {}};
    const auto wrong = [&] {
      return fail(ErrorCode::invalid_input, fmt::format("'{}' is no number", word.text));
    };
    const char* const end = digits.data() + digits.size();
    if (digits.find('.') != std::string_view::npos) {
      word.kind = Word::Kind::real;
      const auto read = std::from_chars(digits.data(), end, word.real);
      return unit.empty() && read.ec == std::errc() && read.ptr == end ? Result<Word>(word) : wrong();
    }
    const auto read = std::from_chars(digits.data(), end, word.whole);
    if (read.ec != std::errc() || read.ptr != end) return wrong();
    if (unit.empty()) return word;
    for (const Unit& each : kUnits)
      if (unit == each.name && word.whole <= kLongestSpan) {
        word.kind = Word::Kind::timespan;
        word.timespan = each.length * word.whole;
        return word;
      }
    return wrong();
  }

  // A backslash takes the next character as it is.
  Result<Word> quoted_text() {
    const char quote = left_[0];
    Word word{Word::Kind::text, {}, 0, 0, {}, {}};
    for (size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == quote) {
        take(i + 1);
        return word;
      }
      if (left_[i] == '\\' && i + 1 < left_.size()) ++i;
      word.text += left_[i];
    }
    return fail(ErrorCode::invalid_input, fmt::format("the text that begins with {} has no end", left_));
  }

  Result<Word> sign() {
    const auto as_sign = [](std::string_view text) {
      return Word{Word::Kind::sign, std::string(text), 0, 0, {}, {}};
    };
    for (const std::string_view sign : kLongSigns)
      if (left_.starts_with(sign)) return as_sign(take(sign.size()));
    if (left_[0] == '!' && left_.size() > 1 && begins_name(left_[1])) {
      take(1);
      return as_sign(fmt::format("!{}", take_while(is_in_name)));
    }
    if (kSigns.find(left_[0]) != std::string_view::npos) return as_sign(take(1));
    return fail(ErrorCode::invalid_input, fmt::format("'{}' is not understood", left_.substr(0, 20)));
  }

  std::string_view left_;
};

}  // namespace

Result<std::vector<Word>> split_query(std::string_view query) {
  if (query.size() > kLongestQuery)
    return fail(ErrorCode::invalid_input, fmt::format("it is longer than {} characters", kLongestQuery));
  return Splitter(query).all();
}

}  // namespace scoped::emulator
