#include "common/base/error.h"

#include <errno.h>
#include <string.h>

namespace scoped {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return "invalid_input";
    case ErrorCode::configuration:
      return "configuration";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::denied:
      return "denied";
    case ErrorCode::login:
      return "login";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::ambiguous:
      return "ambiguous";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::line() const {
  std::string text;
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (!text.empty()) text += ": ";
    for (char c : *frame) text += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? ' ' : c;
  }
  return text;
}

Error&& Error::within(std::string intention) && {
  frames_.push_back(std::move(intention));
  return std::move(*this);
}

Error&& Error::with_retry_after(std::optional<std::chrono::seconds> wait) && {
  retry_after_ = wait;
  return std::move(*this);
}

Error&& Error::with_http_status(int status) && {
  http_status_ = status;
  return std::move(*this);
}

Error&& Error::as(ErrorCode code) && {
  code_ = code;
  return std::move(*this);
}

namespace {

ErrorCode code_of_errno(int value) {
  switch (value) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::denied;
    case EEXIST:
      return ErrorCode::conflict;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
      return ErrorCode::invalid_input;
    default:
      return ErrorCode::unavailable;
  }
}

}  // namespace

Error errno_error(int saved_errno, std::string_view action, std::string_view object) {
  std::string text(action);
  // Thread-safe since glibc 2.32 and in musl; strerror_r differs between the two.
  text.append(" '").append(object).append("': ").append(strerror(saved_errno));
  if (saved_errno == ENOSPC || saved_errno == EDQUOT) text.append(": make room there");
  return {code_of_errno(saved_errno), std::move(text)};
}

}  // namespace scoped
