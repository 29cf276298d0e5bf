#include "common/protocol/utf8.h"

namespace scoped::protocol {
namespace {

struct Form {
  unsigned char mask;
  unsigned char lead;
  size_t length;
  uint32_t least;  // below it the form is overlong
};
constexpr Form kForms[] = {
    {0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};

uint32_t byte_at(std::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

}  // namespace

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  for (const Form& form : kForms) {
    if ((byte_at(text, 0) & form.mask) != form.lead) continue;
    if (text.size() < form.length) return 0;
    uint32_t value = byte_at(text, 0) & static_cast<unsigned char>(~form.mask);
    for (size_t i = 1; i < form.length; ++i) {
      if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
      value = value << 6 | (byte_at(text, i) & 0x3F);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < form.least || value > 0x10FFFF || surrogate ? 0 : form.length;
  }
  return 0;
}

void append_utf8(std::string& out, uint32_t code_point) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
  }
  put(0x80 | (code_point & 0x3F));
}

}  // namespace scoped::protocol
