#include "agent/ctl/secret_output.h"

#include "common/base/file.h"

#include <unistd.h>

#include <utility>

namespace scoped::ctl {

Result<> check_secret_output(const Options& options) {
  if (!options.has("show-secret") || !options.has("output-file")) return {};
  return fail(ErrorCode::invalid_input, "give '--show-secret' or '--output-file', not both");
}

Result<std::optional<SecretOutput>> SecretOutput::prepare(const Run& run) {
  std::optional<SecretOutput> none;
  if (run.options.has("show-secret")) {
    if (!run.console().is_terminal())
      return fail(ErrorCode::denied,
                  "'--show-secret' shows a password to a person, and standard output is no terminal: use "
                  "'--output-file FILE'");
    return std::optional(SecretOutput(run.console(), ""));
  }
  const auto file = run.options.optional("output-file");
  if (!file) return none;
  TRY_WITH(create_file_atomically(*file, "", 0600), "'--output-file'");
  return std::optional(SecretOutput(run.console(), *file));
}

SecretOutput::SecretOutput(SecretOutput&& other) noexcept
    : console_(other.console_),
      file_(std::move(other.file_)),
      delivered_(std::exchange(other.delivered_, true)) {}

SecretOutput::~SecretOutput() {
  if (!delivered_ && !file_.empty()) unlink(file_.c_str());
}

Result<> SecretOutput::deliver(const Secret& password) {
  if (file_.empty()) {
    console_->print(password.reveal());
    console_->print("\n");
  } else {
    TRY_WITH(write_file_atomically(file_, password.reveal(), 0600),
             "the password was made, but could not be written and is lost; generate it again");
  }
  delivered_ = true;
  return {};
}

std::string SecretOutput::place() const { return file_.empty() ? "above" : "in '" + file_ + "'"; }

}  // namespace scoped::ctl
