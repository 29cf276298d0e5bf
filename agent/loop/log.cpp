#include "agent/loop/log.h"

#include <unistd.h>

#include <algorithm>

namespace scoped::loop {
namespace {

bool is_plain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '=' && c != '\\' && c != 0x7f;
  });
}

void append_quoted(std::string& line, std::string_view value) {
  line += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  line += '"';
}

}  // namespace

std::string format_log_line(Level level, std::string_view what, std::initializer_list<Field> fields) {
  std::string line = "<" + std::to_string(static_cast<int>(level)) + ">" + std::string(what);
  for (const auto& [key, value] : fields) {
    line.append(" ").append(key).append("=");
    if (is_plain(value)) {
      line.append(value);
    } else {
      append_quoted(line, value);
    }
  }
  return line + "\n";
}

void Log::write(Level level, std::string_view what, std::initializer_list<Field> fields) const {
  if (level == Level::debug && !debug_) return;
  const std::string line = format_log_line(level, what, fields);
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, line.data(), line.size());  // nobody to tell
}

}  // namespace scoped::loop
