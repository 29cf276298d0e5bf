// A place in a query, and what may stand there. Not thread-safe.
#pragma once

#include "tests/emulator/kql.h"
#include "tests/emulator/kql_words.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace scoped::emulator {

class KqlReader {
 public:
  KqlReader(std::vector<Word> words, Instant now) : words_(std::move(words)), now_(now) {}

  const Word& peek() const { return words_[at_]; }
  Word take() { return words_[at_].kind == Word::Kind::end ? words_[at_] : words_[at_++]; }
  bool take_if(std::string_view sign_or_name) {
    if (!peek().is(sign_or_name)) return false;
    take();
    return true;
  }
  Result<> expect(std::string_view sign_or_name) {
    if (take_if(sign_or_name)) return {};
    return unexpected(fmt::format("'{}'", sign_or_name));
  }
  Result<std::string> name(std::string_view what) {
    if (peek().kind == Word::Kind::name) return take().text;
    return unexpected(what);
  }
  Result<int64_t> whole_number() {
    if (peek().kind == Word::Kind::whole) return take().whole;
    return unexpected("a whole number");
  }
  // Whether this is `NAME =`, as in `New = Column`.
  bool at_assignment() const {
    return peek().kind == Word::Kind::name && at_ + 1 < words_.size() && words_[at_ + 1].is("=");
  }
  bool at_call() const {
    return peek().kind == Word::Kind::name && at_ + 1 < words_.size() && words_[at_ + 1].is("(");
  }

  tl::unexpected<Error> unexpected(std::string_view wanted) const {
    return fail(ErrorCode::invalid_input,
                peek().kind == Word::Kind::end
                    ? fmt::format("it ends where {} is expected", wanted)
                    : fmt::format("'{}' stands where {} is expected", peek().text, wanted));
  }

  Instant now() const { return now_; }

 private:
  std::vector<Word> words_;
  size_t at_ = 0;
  Instant now_;
};

// A step works on what the steps before it made.
Result<size_t> column_index(const Relation& relation, const std::string& name);

using Condition = std::function<bool(const Row&)>;
// What stands behind `where`, over these columns.
Result<Condition> read_condition(KqlReader& reader, const Relation& relation);

// What stands behind `summarize`, applied.
Result<Relation> summarize(KqlReader& reader, const Relation& relation);

}  // namespace scoped::emulator
