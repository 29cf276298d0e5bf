#include "common/json/parse_some.h"
#include "common/json/value.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <iterator>

namespace scoped::json {
namespace {

// What the parser has consumed. The parser reads at most one byte beyond a token, and no token ends in a
// newline: so the byte that was read last is not yet counted. Newlines are counted when somebody asks.
class Position {
 public:
  explicit Position(const char* begin) : next_(begin), counted_to_(begin) {}

  int line() const {
    if (next_ == counted_to_) return line_;
    line_ += static_cast<int>(std::count(counted_to_, next_ - 1, '\n'));
    counted_to_ = next_ - 1;
    return line_;
  }

 private:
  friend class Cursor;
  const char* next_;
  mutable const char* counted_to_;
  mutable int line_ = 1;
};

// Where the parser is, for it and for us: one place that all copies share, but for the end, which stays.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  explicit Cursor(Position& position) : position_(&position) {}
  explicit Cursor(const char* end) : end_(end) {}
  reference operator*() const { return *position_->next_; }
  Cursor& operator++() {
    ++position_->next_;
    return *this;
  }
  // REQUIRES: other is an end
  bool operator==(const Cursor& other) const { return position_->next_ == other.end_; }
  bool operator!=(const Cursor& other) const { return !(*this == other); }

 private:
  Position* position_ = nullptr;
  const char* end_ = nullptr;
};

void wipe_texts(Value& value) {
  if (std::string* text = value.text()) wipe(*text);
  if (Array* array = value.array())
    for (Value& element : *array) wipe_texts(element);
  if (Object* object = value.object())
    for (Member& member : object->members()) wipe_texts(member.value);
}

// A key for an error line: short, and one line whatever is in it.
std::string display(std::string_view key) {
  constexpr size_t kLongest = 64;
  std::string shown(key.substr(0, kLongest));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  if (key.size() > kLongest) shown += "...";
  return "'" + shown + "'";
}

// nlohmann's line without its position and without what it read: the text after "last read" is the
// document's.
std::string reason_of(std::string_view what) {
  constexpr std::string_view kUnknown = "it is not JSON";
  const size_t dash = what.find(" - ");
  if (dash == std::string_view::npos) return std::string(kUnknown);
  std::string_view reason = what.substr(dash + 3);
  if (reason.starts_with("unexpected ")) {
    for (std::string_view end : {"expected '}'", "expected ']'"})
      if (reason.ends_with(end))
        return std::string(reason.substr(0, reason.size() - end.size())) + "expected ',' or " +
               std::string(end.substr(9));
    return std::string(reason);
  }
  const size_t quoted = reason.find("; last read: ");
  if (!reason.starts_with("invalid ") || quoted == std::string_view::npos) return std::string(kUnknown);
  return std::string(reason.substr(0, quoted));
}

constexpr size_t kUsualMembers = 8;

using Names = std::span<const std::string_view>;

// The events of nlohmann's parser, made into our tree. A handler returns false to stop.
class Builder {
 public:
  Builder(const Limits& limits, const Position& position, Names passed_over)
      : limits_(limits), position_(position), passed_over_(passed_over) {}
  ~Builder() { wipe_texts(root_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Value take() { return std::exchange(root_, Value()); }
  std::string problem() const { return problem_; }

  bool null() { return add(Value()); }
  bool boolean(bool value) { return add(Value(value)); }
  bool number_integer(int64_t value) { return add(Value(value)); }
  bool number_unsigned(uint64_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX)) return stop("a whole number beyond 64 bits");
    return add(Value(static_cast<int64_t>(value)));
  }
  bool number_float(double value, const std::string& digits) {
    if (digits.find_first_of(".eE") == std::string::npos) return stop("a whole number beyond 64 bits");
    return add(Value(value));
  }
  bool string(std::string& text) {
    const bool added = count() && (passes_over() || keep(Value(text)) != nullptr);
    wipe(text.data(), text.size());  // the parser's own buffer
    return added;
  }
  bool binary(const std::vector<uint8_t>&) { return stop("it is not JSON"); }
  bool start_object(size_t) { return open(Value(Object())); }
  bool start_array(size_t) { return open(Value(Array())); }
  bool key(std::string& name) {
    if (open_.back() == nullptr) return true;
    next_is_passed_over_ = std::find(passed_over_.begin(), passed_over_.end(), name) != passed_over_.end();
    if (next_is_passed_over_) return true;
    std::vector<Member>& members = open_.back()->object()->members();
    if (members.empty()) members.reserve(kUsualMembers);
    members.push_back(Member{name, Value(), position_.line()});
    return true;
  }
  bool end_object() {
    const bool unique = open_.back() == nullptr || check_unique(*open_.back()->object());
    open_.pop_back();
    return unique;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) {
    if (error.id == 406) return stop("a number that is too large");
    return stop(reason_of(error.what()));
  }

 private:
  static bool are_unique(const std::vector<Member>& members) {
    for (size_t i = 1; i < members.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (members[i].key == members[j].key) return false;
    return true;
  }
  bool stop(std::string_view what) { return stop_at(position_.line(), what); }
  bool stop_at(int line, std::string_view what) {
    problem_ = "line " + std::to_string(line) + ": " + std::string(what);
    return false;
  }

  bool count() {
    return ++values_ <= limits_.values || stop("more than " + std::to_string(limits_.values) + " values");
  }
  // Whether the value that comes now is not kept.
  bool passes_over() {
    return std::exchange(next_is_passed_over_, false) || (!open_.empty() && open_.back() == nullptr);
  }
  bool add(Value value) { return count() && (passes_over() || keep(std::move(value)) != nullptr); }

  // Where the value is; never null.
  Value* keep(Value value) {
    value.set_line(position_.line());
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (Array* array = open_.back()->array()) return &array->emplace_back(std::move(value));
    Value& place = open_.back()->object()->members().back().value;
    place = std::move(value);
    return &place;
  }

  // A container stays where it is until it is closed, since its parent grows no more before.
  bool open(Value container) {
    if (open_.size() >= limits_.depth)
      return stop("nested deeper than " + std::to_string(limits_.depth) + " levels");
    if (!count()) return false;
    open_.push_back(passes_over() ? nullptr : keep(std::move(container)));
    return true;
  }

  // Sorts instead of hashing: no document makes it slow. Few members are compared as they are.
  bool check_unique(const Object& object) {
    if (object.size() <= kUsualMembers && are_unique(object.members())) return true;
    std::vector<const Member*> sorted;
    sorted.reserve(object.size());
    for (const Member& member : object.members()) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(),
              [](const Member* a, const Member* b) { return a->key != b->key ? a->key < b->key : a < b; });
    const Member* first = nullptr;
    for (size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i]->key == sorted[i - 1]->key && (first == nullptr || sorted[i] < first)) first = sorted[i];
    if (first == nullptr) return true;
    return stop_at(first->line, "duplicate key " + display(first->key));
  }

  const Limits& limits_;
  const Position& position_;
  std::string problem_;
  Value root_;
  const Names passed_over_;
  bool next_is_passed_over_ = false;
  std::vector<Value*> open_;  // null: not kept
  size_t values_ = 0;
};

template <typename Place>
bool read(Place first, Place last, Builder& builder, bool comments) {
  return nlohmann::json::sax_parse(first, last, &builder, nlohmann::json::input_format_t::json, true,
                                   comments);
}

Result<Value> parse_bounded(std::string_view text, const Limits& limits, Names passed_over) {
  Position position(text.data());
  Builder builder(limits, position, passed_over);
  const char* const end = text.data() + text.size();
  // As other programs write it, in one line, nobody has to follow the parser: that takes a sixth of its time.
  const bool is_one_line = text.find('\n') == std::string_view::npos;
  if (is_one_line ? read(text.data(), end, builder, limits.comments)
                  : read(Cursor(position), Cursor(end), builder, limits.comments))
    return builder.take();
  return fail(ErrorCode::invalid_input, builder.problem());
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) { return parse_some(text, limits, {}); }

Result<Value> parse_some(std::string_view text, const Limits& limits, Names passed_over) {
  if (text.size() > limits.bytes)
    return fail(ErrorCode::invalid_input, "longer than " + std::to_string(limits.bytes) + " bytes");
  // The parser takes a zero byte for the end.
  const size_t zero = text.find('\0');
  if (zero != std::string_view::npos)
    return fail(
        ErrorCode::invalid_input,
        "line " + std::to_string(1 + std::count(text.begin(), text.begin() + zero, '\n')) + ": a zero byte");
  try {
    return parse_bounded(text, limits, passed_over);
  } catch (const std::exception&) {
    return fail(ErrorCode::internal, "out of memory while reading JSON");
  }
}

}  // namespace scoped::json
