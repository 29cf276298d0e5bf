#include "common/answer/byte_form.h"

namespace scoped::answer {
namespace {

void put_little_endian(std::string& bytes, uint64_t number, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xff);
}

uint64_t little_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    number |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return number;
}

}  // namespace

void put_number(std::string& bytes, size_t number) { put_little_endian(bytes, number, kSizeOfNumber); }
void put_integer(std::string& bytes, int64_t number) {
  put_little_endian(bytes, static_cast<uint64_t>(number), sizeof number);
}
void put_text(std::string& bytes, std::string_view text) {
  put_number(bytes, text.size());
  bytes += text;
}

Result<size_t> Taker::number() { return static_cast<size_t>(little_endian(TRY(take(kSizeOfNumber)))); }
Result<int64_t> Taker::integer() { return static_cast<int64_t>(little_endian(TRY(take(sizeof(int64_t))))); }
Result<std::string_view> Taker::text() { return take(TRY(number())); }

Result<std::string_view> Taker::take(size_t size) {
  if (rest_.size() < size) return broken();
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

tl::unexpected<Error> Taker::broken() const {
  return fail(ErrorCode::corrupt, std::string(what_) + " damaged");
}

}  // namespace scoped::answer
