// Numbers and texts as the bytes that are sealed: little-endian, each text with its length (u32) before it.
// One value has one form. Pure.
#pragma once

#include "common/base/result.h"

#include <stdint.h>

#include <string>
#include <string_view>

namespace scoped::answer {

inline constexpr size_t kSizeOfNumber = 4;

void put_number(std::string& bytes, size_t number);  // u32; REQUIRES: it fits
void put_integer(std::string& bytes, int64_t number);
void put_text(std::string& bytes, std::string_view text);

// Takes them out again. corrupt: there is less than was asked for; the line says that `what` is damaged.
class Taker {
 public:
  Taker(std::string_view bytes, std::string_view what) : rest_(bytes), what_(what) {}

  Result<size_t> number();
  Result<int64_t> integer();
  Result<std::string_view> text();  // points into the bytes
  Result<std::string_view> take(size_t size);
  bool at_end() const { return rest_.empty(); }
  tl::unexpected<Error> broken() const;

 private:
  std::string_view rest_;
  std::string_view what_;
};

}  // namespace scoped::answer
