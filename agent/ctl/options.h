// What a command line gave, checked against the rows of its command. Immutable once parsed.
#pragma once

#include "agent/ctl/command.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::ctl {

class Options {
 public:
  bool has(std::string_view flag) const { return given_.contains(flag); }
  // REQUIRES: has(flag)
  const std::string& text(std::string_view flag) const;
  std::optional<std::string> optional(std::string_view flag) const;
  // Of a repeated flag: the values of each time that it was given.
  const std::vector<std::vector<std::string>>& groups(std::string_view flag) const;
  std::optional<std::string> positional(size_t index) const;
  const std::vector<std::string>& positionals() const { return positionals_; }
  // A document for programs, and not the text for people.
  bool wants_document() const { return optional("output").value_or("table") != "table"; }

 private:
  friend Result<Options> parse_options(const Command& command, const std::vector<std::string>& arguments);
  std::map<std::string, std::vector<std::vector<std::string>>, std::less<>> given_;
  std::vector<std::string> positionals_;
};

// Reads the arguments that follow the command's words. With --help nothing else needs to be right. Error
// (invalid_input): one line on the first thing that is wrong, with the nearest known option.
Result<Options> parse_options(const Command& command, const std::vector<std::string>& arguments);

// The flags of the command and those of every command.
std::vector<Flag> flags_of(const Command& command);

}  // namespace scoped::ctl
