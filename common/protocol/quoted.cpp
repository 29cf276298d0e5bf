#include "common/protocol/quoted.h"

#include "common/protocol/utf8.h"

#include <algorithm>

namespace scoped::protocol {
namespace {

void append_control(std::string& out, char c) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const char first = text.front();
    if (length == 0) {
      append_utf8(out, kReplacement);
    } else if (first == '"' || first == '\\') {
      out.append(1, '\\').append(1, first);
    } else if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
      append_control(out, first);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  out += '"';
}

}  // namespace scoped::protocol
