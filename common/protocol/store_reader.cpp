#include "common/protocol/store_reader.h"

#include "common/protocol/utf8.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace scoped::protocol {
namespace {

constexpr int kDeepest = 64;

// A text that was decoded from the input; it may be the secret, so it is wiped.
struct Decoded {
  std::string text;
  Decoded() = default;
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
  ~Decoded() { wipe(text); }
};

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool read_members(StoreMembers& members) {
    skip_blanks();
    if (starts_with_null()) return skip_word("null");
    return each_member([&](std::string_view name) { return read_member(name, members); });
  }

 private:
  bool read_member(std::string_view name, StoreMembers& members) {
    if (equals_ignoring_case(name, "serverurl")) return read_text_into(members.server_url);
    if (equals_ignoring_case(name, "username")) return read_text_into(members.username);
    if (!equals_ignoring_case(name, "secret")) return skip_value(1);
    Decoded value;
    if (!read_text_into(value.text)) return false;
    members.secret = Secret(value.text);
    return true;
  }

  bool read_text_into(std::string& out) {
    wipe(out);
    return starts_with_null() ? skip_word("null") : read_string(&out);
  }

  // Calls `value` at each member's value.
  template <typename Value>
  bool each_member(Value value) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      Decoded name;
      if (!read_string(&name.text) || !take(':')) return false;
      skip_blanks();
      if (!value(name.text)) return false;
    } while (take(','));
    return take('}');
  }

  bool skip_array(int depth) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!skip_value(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool skip_value(int depth) {
    if (depth > kDeepest) return false;
    skip_blanks();
    if (rest().starts_with('{')) return each_member([&](std::string_view) { return skip_value(depth + 1); });
    if (rest().starts_with('[')) return skip_array(depth);
    if (rest().starts_with('"')) return read_string(nullptr);
    for (std::string_view word : {"null", "true", "false"})
      if (rest().starts_with(word)) return skip_word(word);
    return skip_number();
  }

  bool skip_number() {
    take_raw('-');
    if (!take_raw('0') && !skip_digits()) return false;
    if (take_raw('.') && !skip_digits()) return false;
    if (!take_raw('e') && !take_raw('E')) return true;
    if (!take_raw('+')) take_raw('-');
    return skip_digits();
  }

  bool skip_digits() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > start;
  }

  // `out` null: only checks and skips.
  bool read_string(std::string* out) {
    skip_blanks();
    if (!take_raw('"')) return false;
    if (out != nullptr) out->reserve(longest_decoded());
    while (at_ < text_.size()) {
      if (take_raw('"')) return true;
      if (take_raw('\\')) {
        if (!read_escape(out)) return false;
        continue;
      }
      const size_t length = utf8_length(rest());
      if (length == 0 || static_cast<unsigned char>(text_[at_]) < 0x20) return false;
      if (out != nullptr) out->append(rest().substr(0, length));
      at_ += length;
    }
    return false;
  }

  // Room for the whole text, so that appending leaves no copy behind in a freed buffer. A text is at most as
  // long as its JSON; the closing quote is the first one that no backslash precedes.
  size_t longest_decoded() const {
    size_t end = at_;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    return std::min(end, text_.size()) - at_;
  }

  bool read_escape(std::string* out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) return false;
    const size_t known = kLetters.find(text_[at_]);
    if (known != std::string_view::npos) {
      ++at_;
      if (out != nullptr) out->push_back(kMeanings[known]);
      return true;
    }
    if (!take_raw('u')) return false;
    const auto unit = take_hex();
    if (!unit) return false;
    const uint32_t code_point = combine(*unit);
    if (out != nullptr) append_utf8(*out, code_point);
    return true;
  }

  // A pair of surrogates is one character; one alone is U+FFFD, and what follows it is read on its own.
  uint32_t combine(uint32_t unit) {
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    const size_t start = at_;
    if (unit < 0xDC00 && take_raw('\\') && take_raw('u')) {
      const auto low = take_hex();
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) return 0x10000 + ((unit - 0xD800) << 10 | (*low - 0xDC00));
    }
    at_ = start;
    return kReplacement;
  }

  std::optional<uint32_t> take_hex() {
    const std::string_view digits = rest().substr(0, 4);
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) return std::nullopt;
    at_ += 4;
    return value;
  }

  std::string_view rest() const { return text_.substr(at_); }
  bool starts_with_null() const { return rest().starts_with("null"); }
  bool skip_word(std::string_view word) {
    at_ += word.size();
    return true;
  }
  void skip_blanks() {
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }
  bool take(char wanted) {
    skip_blanks();
    return take_raw(wanted);
  }
  bool take_raw(char wanted) {
    const bool there = at_ < text_.size() && text_[at_] == wanted;
    if (there) ++at_;
    return there;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool read_store_members(std::string_view text, StoreMembers& members) {
  return Reader(text).read_members(members);
}

}  // namespace scoped::protocol
