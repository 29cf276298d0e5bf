// The agent's log: one line an event on stderr, "<priority>what key=value ...", as journald and people read
// it. Levels are by audience: error, an admin must act; warning, tolerated and the agent goes on; info, the
// state changed; debug, anything, and the only one that a remote party may repeat at will. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace scoped::loop {

enum class Level { error = 3, warning = 4, info = 6, debug = 7 };

using Field = std::pair<std::string_view, std::string_view>;

// Values with blanks, quotes or control characters are quoted and escaped.
std::string format_log_line(Level level, std::string_view what, std::initializer_list<Field> fields);

class Log {
 public:
  explicit Log(bool debug) : debug_(debug) {}
  void write(Level level, std::string_view what, std::initializer_list<Field> fields = {}) const;

 private:
  bool debug_;
};

}  // namespace scoped::loop
