// Problems as they are found. All files are read to their end and everything wrong in them is told at once,
// so nothing here stops the parser. One per load; not thread-safe.
#pragma once

#include "common/config/config.h"
#include "common/config/setting.h"

#include <stddef.h>

#include <string>
#include <string_view>
#include <vector>

namespace scoped::config {

class Report {
 public:
  // What follows is about this file.
  void open_file(std::string file, bool system);

  Origin here(int line) const { return {file_, line, system_}; }
  void add(int line, std::string text) { add(here(line), std::move(text)); }
  void add(const Origin& place, std::string text);

  size_t size() const { return problems_.size(); }
  bool system() const { return system_; }
  // In the order in which the files were opened, then by line, then as they were found.
  std::vector<Problem> take();

 private:
  std::string file_;
  bool system_ = false;
  std::vector<std::string> order_;
  std::vector<Problem> problems_;
};

// 'name' for a problem: short and on one line, whatever was in the file.
std::string in_quotes(std::string_view name);

}  // namespace scoped::config
