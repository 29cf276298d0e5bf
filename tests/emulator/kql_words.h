// A query as words. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <stdint.h>

#include <string>
#include <string_view>
#include <vector>

namespace scoped::emulator {

struct Word {
  enum class Kind { name, sign, text, whole, real, timespan, datetime, end };
  Kind kind = Kind::end;
  std::string text;  // as it stands in the query; of a text, what is between its quotes
  int64_t whole = 0;
  double real = 0;
  Ticks timespan{};
  Instant datetime{};

  bool is(std::string_view sign_or_name) const {
    return (kind == Kind::name || kind == Kind::sign) && text == sign_or_name;
  }
};

// Ends with a word of kind `end`. A sign is one or two characters, or '!' with the name behind it ("!in").
// invalid_input: a character or literal that the language does not have.
Result<std::vector<Word>> split_query(std::string_view query);

}  // namespace scoped::emulator
