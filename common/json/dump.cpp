// A writer of our own: nlohmann's works on its own tree only, into which every text, secrets too, would have
// to be copied first.
#include "common/json/list_writer.h"
#include "common/json/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace scoped::json {
namespace {

struct Sequence {
  size_t length;  // bytes to copy, or to skip as one broken character
  bool valid;
};

// The allowed second bytes follow from the first (Unicode, table 3-7).
struct Lead {
  unsigned char first, last;      // of the lead byte
  unsigned char lowest, highest;  // of the second byte
  size_t length;
};
constexpr std::array<Lead, 8> kLeads = {{{0xc2, 0xdf, 0x80, 0xbf, 2},
                                         {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                         {0xe1, 0xec, 0x80, 0xbf, 3},
                                         {0xed, 0xed, 0x80, 0x9f, 3},
                                         {0xee, 0xef, 0x80, 0xbf, 3},
                                         {0xf0, 0xf0, 0x90, 0xbf, 4},
                                         {0xf1, 0xf3, 0x80, 0xbf, 4},
                                         {0xf4, 0xf4, 0x80, 0x8f, 4}}};

// REQUIRES: text is not empty.
Sequence next_sequence(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {1, true};
  for (const Lead& lead : kLeads) {
    if (byte(0) < lead.first || byte(0) > lead.last) continue;
    if (text.size() < 2 || byte(1) < lead.lowest || byte(1) > lead.highest) return {1, false};
    for (size_t i = 2; i < lead.length; ++i)
      if (i >= text.size() || (byte(i) & 0xc0) != 0x80) return {i, false};
    return {lead.length, true};
  }
  return {1, false};
}

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// How many characters at the front are written as they are.
size_t plain_length(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && kPlain[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

class Writer {
 public:
  // Goes on behind `out`.
  explicit Writer(bool pretty, std::string out = {}) : pretty_(pretty), out_(std::move(out)) {}

  void write(const Value& value, size_t level);
  void write_text(std::string_view text);
  void put(std::string_view bytes) {
    make_room(bytes.size());
    out_.append(bytes);
  }
  std::string take() { return std::move(out_); }

 private:
  void make_room(size_t room) {
    if (out_.capacity() - out_.size() < room) grow(room);
  }
  void grow(size_t room);
  void write_special(std::string_view sequence);
  void write_real(double value);
  void write_array(const Array& array, size_t level);
  void write_object(const Object& object, size_t level);
  void new_line(size_t level);

  const bool pretty_;
  std::string out_;
};

// By hand, since what a growing string leaves behind would be a copy of a secret.
void Writer::grow(size_t room) {
  std::string larger;
  larger.reserve(2 * (out_.size() + room) + 64);
  larger = out_;
  wipe(out_);
  out_ = std::move(larger);
}

// One character that may need an escape.
void Writer::write_special(std::string_view sequence) {
  static constexpr std::string_view kShort = "\"\"\\\\\bb\ff\nn\rr\tt";  // pairs: character, letter
  const char c = sequence.front();
  size_t pair = 0;
  while (pair < kShort.size() && kShort[pair] != c) pair += 2;
  if (pair < kShort.size()) {
    put({std::array<char, 2>{'\\', kShort[pair + 1]}.data(), 2});
  } else if (static_cast<unsigned char>(c) < 0x20) {
    put(c < 0x10 ? "\\u000" : "\\u001");
    put({&"0123456789abcdef"[c % 16], 1});
  } else {
    put(sequence);
  }
}

void Writer::write_text(std::string_view text) {
  make_room(text.size() + 2);
  put("\"");
  while (true) {
    const size_t plain = plain_length(text);
    put(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto [length, valid] = next_sequence(text);
    if (valid)
      write_special(text.substr(0, length));
    else
      put("\xef\xbf\xbd");
    text.remove_prefix(length);
  }
  put("\"");
}

// Shortest digits that read back as the same double, and as a real again.
void Writer::write_real(double value) {
  if (!std::isfinite(value)) return put("null");
  std::array<char, 32> digits;
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  CHECK_INVARIANT(problem == std::errc());
  const std::string_view text(digits.data(), static_cast<size_t>(end - digits.data()));
  put(text);
  if (text.find_first_of(".e") == std::string_view::npos) put(".0");
}

void Writer::new_line(size_t level) {
  if (!pretty_) return;
  static constexpr std::string_view kLine = "\n                                ";
  put(kLine.substr(0, 1 + 2 * level));
  for (size_t i = (kLine.size() - 1) / 2; i < level; ++i) put("  ");
}

void Writer::write_array(const Array& array, size_t level) {
  if (array.empty()) return put("[]");
  std::string_view before = "[";
  for (const Value& value : array) {
    put(std::exchange(before, ","));
    new_line(level + 1);
    write(value, level + 1);
  }
  new_line(level);
  put("]");
}

void Writer::write_object(const Object& object, size_t level) {
  if (object.empty()) return put("{}");
  std::string_view before = "{";
  for (const Member& member : object.members()) {
    put(std::exchange(before, ","));
    new_line(level + 1);
    write_text(member.key);
    put(pretty_ ? ": " : ":");
    write(member.value, level + 1);
  }
  new_line(level);
  put("}");
}

void Writer::write(const Value& value, size_t level) {
  if (const bool* boolean = value.boolean()) return put(*boolean ? "true" : "false");
  if (const int64_t* integer = value.integer()) return put(std::to_string(*integer));
  if (const double* real = value.real()) return write_real(*real);
  if (const std::string* text = value.text()) return write_text(*text);
  if (const Array* array = value.array()) return write_array(*array, level);
  if (const Object* object = value.object()) return write_object(*object, level);
  put("null");
}

}  // namespace

std::string dump(const Value& value) {
  Writer writer(false);
  writer.write(value, 0);
  return writer.take();
}

std::string dump_pretty(const Value& value) {
  Writer writer(true);
  writer.write(value, 0);
  return writer.take();
}

namespace {
constexpr size_t kPiece = 64 << 10;
}  // namespace

ListWriter::ListWriter(std::string_view key, Sink sink)
    : sink_(std::move(sink)), text_("{\n  " + quote(key) + ": [") {}

std::string element_text(const Value& element) {
  Writer writer(true);
  writer.write(element, 2);
  return writer.take();
}

void ListWriter::add(std::string_view element) {
  Writer writer(true, std::move(text_));
  writer.put(std::exchange(empty_, false) ? "\n    " : ",\n    ");
  writer.put(element);
  text_ = writer.take();
  if (text_.size() >= kPiece) give();
}

void ListWriter::end() {
  Writer writer(true, std::move(text_));
  writer.put(empty_ ? "]\n}" : "\n  ]\n}");
  text_ = writer.take();
  give();
}

void ListWriter::give() {
  sink_(text_);
  wipe(text_.data(), text_.size());
  text_.clear();
}

std::string quote(std::string_view text) {
  Writer writer(false);
  writer.write_text(text);
  return writer.take();
}

}  // namespace scoped::json
