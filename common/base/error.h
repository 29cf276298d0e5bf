// What went wrong, as a value. An Error says what the caller may do next (its code) and one line that names
// what was tried, built from frames on the way up. It never holds a secret. Immutable once returned; no
// thread rule.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped {

enum class ErrorCode {
  invalid_input,  // the text or value given is wrong: fix it, trying again is useless
  configuration,  // a configuration file is wrong (exit code 78)
  not_found,      // the thing asked for does not exist, and that is proven
  denied,         // we are known and may not: ask an administrator
  login,          // the credentials were refused or have lapsed: log in again
  conflict,       // somebody else changed it first: read again
  unavailable,    // it did not answer or was busy: try later, see retry_after
  ambiguous,      // the request may or may not have had its effect: observe before doing anything
  corrupt,        // stored data is damaged or not ours: leave it alone, tell a person
  cancelled,      // we were asked to stop
  internal,       // cannot happen: report a bug
};

std::string_view name_of(ErrorCode code);

class Error {
 public:
  Error(ErrorCode code, std::string what) : code_(code) { frames_.push_back(std::move(what)); }

  ErrorCode code() const { return code_; }
  // The least time to wait before another try, where the other side named one.
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  // The HTTP status behind this error, or 0.
  int http_status() const { return http_status_; }

  // One line: the outermost intention first, the cause last, joined by ": ".
  std::string line() const;

  Error&& within(std::string intention) &&;
  Error&& with_retry_after(std::optional<std::chrono::seconds> wait) &&;
  Error&& with_http_status(int status) &&;
  Error&& as(ErrorCode code) &&;

 private:
  ErrorCode code_;
  std::vector<std::string> frames_;  // innermost first
  std::optional<std::chrono::seconds> retry_after_;
  int http_status_ = 0;
};

// "open 'x': No such file or directory". The code follows from errno (ENOENT: not_found, EACCES: denied,
// ...).
Error errno_error(int saved_errno, std::string_view action, std::string_view object);

}  // namespace scoped
