#include "common/net/http.h"

#include <algorithm>
#include <array>

namespace scoped::net {
namespace {

struct Row {
  int status;
  const char* reason;
  ErrorCode code;
  const char* remedy;
};

constexpr const char* kLater = "try again later";
constexpr const char* kWrong = "the server does not accept this request";
constexpr const char* kMoved = "redirects are not followed; configure the final address";
constexpr const char* kChanged = "somebody else changed it first; read it again";

constexpr std::array kRows = {
    Row{301, "Moved Permanently", ErrorCode::invalid_input, kMoved},
    Row{302, "Found", ErrorCode::invalid_input, kMoved},
    Row{303, "See Other", ErrorCode::invalid_input, kMoved},
    Row{307, "Temporary Redirect", ErrorCode::invalid_input, kMoved},
    Row{308, "Permanent Redirect", ErrorCode::invalid_input, kMoved},
    Row{400, "Bad Request", ErrorCode::invalid_input, kWrong},
    Row{401, "Unauthorized", ErrorCode::login, "the credentials were refused or have lapsed; log in again"},
    Row{403, "Forbidden", ErrorCode::denied,
        "the identity may not do this; ask an administrator for the role"},
    Row{404, "Not Found", ErrorCode::not_found, "check the name and the address"},
    Row{405, "Method Not Allowed", ErrorCode::invalid_input, kWrong},
    Row{407, "Proxy Authentication Required", ErrorCode::login,
        "the proxy asks for a login; check https_proxy"},
    Row{408, "Request Timeout", ErrorCode::unavailable, kLater},
    Row{409, "Conflict", ErrorCode::conflict, kChanged},
    Row{410, "Gone", ErrorCode::not_found, "check the name and the address"},
    Row{412, "Precondition Failed", ErrorCode::conflict, kChanged},
    Row{413, "Content Too Large", ErrorCode::invalid_input, kWrong},
    Row{422, "Unprocessable Content", ErrorCode::invalid_input, kWrong},
    Row{423, "Locked", ErrorCode::conflict, "it is locked; remove the lock"},
    Row{429, "Too Many Requests", ErrorCode::unavailable, kLater},
    Row{500, "Internal Server Error", ErrorCode::unavailable, kLater},
    Row{501, "Not Implemented", ErrorCode::invalid_input, kWrong},
    Row{502, "Bad Gateway", ErrorCode::unavailable, kLater},
    Row{503, "Service Unavailable", ErrorCode::unavailable, kLater},
    Row{504, "Gateway Timeout", ErrorCode::unavailable, kLater},
};

Row row_of(int status) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [status](const Row& each) { return each.status == status; });
  if (row != kRows.end()) return *row;
  if (status >= 500 && status < 600) return {status, "", ErrorCode::unavailable, kLater};
  if (status >= 400 && status < 500) return {status, "", ErrorCode::invalid_input, kWrong};
  if (status >= 300 && status < 400) return {status, "", ErrorCode::invalid_input, kMoved};
  return {status, "", ErrorCode::unavailable, "that answer was not expected here"};
}

}  // namespace

Error error_of_status(const Response& response, std::string tried, Instant now) {
  const Row row = row_of(response.status);
  const auto wait = row.code == ErrorCode::unavailable ? response.retry_after(now) : std::nullopt;
  std::string text = "HTTP " + std::to_string(response.status);
  if (*row.reason != '\0') text.append(" ").append(row.reason);
  text += ": ";
  text += wait ? "try again in " + std::to_string(wait->count()) + " s" : row.remedy;
  return Error(row.code, std::move(text))
      .with_http_status(response.status)
      .with_retry_after(wait)
      .within(std::move(tried));
}

}  // namespace scoped::net
