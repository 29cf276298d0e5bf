#include "common/json/spans.h"

#include "common/json/value.h"

namespace scoped::json {
namespace {

// Walks a document that parse() has accepted, so every step is known to succeed.
class Walker {
 public:
  Walker(std::string_view text, size_t at) : text_(text), at_(at) {}

  ObjectSpan object() {
    ObjectSpan span;
    span.open = at_++;
    for (skip_blanks(); text_[at_] != '}'; skip_blanks()) {
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      span.members.push_back(member());
    }
    span.close = at_;
    return span;
  }

 private:
  MemberSpan member() {
    MemberSpan span;
    span.key_begin = at_;
    skip_string();
    const auto key = parse(text_.substr(span.key_begin, at_ - span.key_begin));
    CHECK_INVARIANT(key && key->text() != nullptr);
    span.key = *key->text();
    skip_blanks();
    ++at_;  // the colon
    skip_blanks();
    span.value_begin = at_;
    skip_value();
    span.value_end = at_;
    return span;
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }

  void skip_value() {
    size_t depth = 0;
    do {
      skip_blanks();
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (std::string_view("{}[],:").find(c) != std::string_view::npos)
        ++at_;
      else
        at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
    } while (depth > 0);
  }

  std::string_view text_;
  size_t at_;
};

tl::unexpected<Error> no_object(std::string_view what) {
  return fail(ErrorCode::invalid_input, std::string(what) + " is not an object");
}

}  // namespace

const MemberSpan* ObjectSpan::find(std::string_view key) const {
  for (const MemberSpan& member : members)
    if (member.key == key) return &member;
  return nullptr;
}

Result<std::optional<ObjectSpan>> find_object(std::string_view text,
                                              std::initializer_list<std::string_view> path) {
  TRY(parse(text));
  size_t at = text.find('{');
  if (at == std::string_view::npos || text.find_first_not_of(" \t\r\n\xEF\xBB\xBF") != at)
    return no_object("the document");
  ObjectSpan object = Walker(text, at).object();
  for (const std::string_view key : path) {
    const MemberSpan* member = object.find(key);
    if (member == nullptr) return std::optional<ObjectSpan>();
    if (text[member->value_begin] != '{') return no_object("'" + std::string(key) + "'");
    object = Walker(text, member->value_begin).object();
  }
  return std::optional(std::move(object));
}

}  // namespace scoped::json
