// Where a password goes that a person wants to have: a terminal, or a file that nobody else may read. Never a
// pipe or a log by accident.
#pragma once

#include "agent/ctl/run.h"

#include <optional>
#include <string>

namespace scoped::ctl {

inline constexpr Flag kShowSecretFlag = {.name = "show-secret",
                                         .help = "Print the password, alone in a line; on a terminal only."};
inline constexpr Flag kOutputFileFlag = {
    .name = "output-file",
    .value = "FILE",
    .help = "Write the password, and nothing else, to this new file that only you may read.",
    .completes = Names::file};

// One password's way out. Made before the password is, so that none is lost for want of a place.
class SecretOutput {
 public:
  // Nothing where neither flag was given. denied: standard output is no terminal; conflict: the file exists.
  static Result<std::optional<SecretOutput>> prepare(const Run& run);
  SecretOutput(SecretOutput&& other) noexcept;
  SecretOutput& operator=(SecretOutput&&) = delete;
  // Removes the file that was made for a password that did not come.
  ~SecretOutput();

  Result<> deliver(const Secret& password);
  std::string place() const;  // "on the terminal", "in 'FILE'"

 private:
  SecretOutput(Console& console, std::string file) : console_(&console), file_(std::move(file)) {}

  Console* console_;
  std::string file_;  // empty: the terminal
  bool delivered_ = false;
};

// invalid_input: both flags are given.
Result<> check_secret_output(const Options& options);

}  // namespace scoped::ctl
