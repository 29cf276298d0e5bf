#include "agent/registry/acr_errors.h"

#include "agent/registry/acr_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scoped::registry {
namespace {

struct Row {
  int status;
  ErrorCode code;
  bool refuses;  // a write with this answer had no effect
  std::string_view advice;
};

constexpr std::array kRows = {
    Row{400, ErrorCode::invalid_input, true, "it does not accept the request: check names and 'api_version'"},
    Row{401, ErrorCode::login, true,
        "the identity '{identity}' was refused: check its credentials, its tenant and this machine's clock"},
    Row{403, ErrorCode::denied, true,
        "the identity '{identity}' may not do this: ask an administrator for a role on the registry with "
        "Microsoft.ContainerRegistry/registries/generateCredentials/action, "
        "Microsoft.ContainerRegistry/registries/tokens/* and "
        "Microsoft.ContainerRegistry/registries/scopeMaps/*"},
    Row{404, ErrorCode::not_found, true, "{missing}"},
    Row{405, ErrorCode::invalid_input, true, "it does not know the request: check 'api_version'"},
    Row{409, ErrorCode::conflict, true, "somebody else is changing it: try again"},
    Row{412, ErrorCode::conflict, true, "somebody else changed it: try again"},
    Row{429, ErrorCode::unavailable, true, "too many requests: try again {later}"},
    Row{408, ErrorCode::unavailable, false, "it was too slow: try again {later}"},
    Row{500, ErrorCode::unavailable, false, "it is in trouble: try again {later}"},
    Row{502, ErrorCode::unavailable, false, "it is in trouble: try again {later}"},
    Row{503, ErrorCode::unavailable, false, "it is in trouble: try again {later}"},
    Row{504, ErrorCode::unavailable, false, "it is in trouble: try again {later}"},
};
constexpr Row kUnexpected{0, ErrorCode::unavailable, false,
                          "an answer that it should not give: check 'endpoint' and what stands between"};
constexpr Row kForeign404{
    404, ErrorCode::unavailable, true,
    "this 404 is not the control plane's own: check 'endpoint' and what stands between"};

const Row& row_of(int status, const std::string& code) {
  if (status == 404 && code.empty()) return kForeign404;
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.status == status; });
  return row == kRows.end() ? kUnexpected : *row;
}

}  // namespace

Error error_of_answer(const net::Response& response, const Attempt& attempt) {
  const std::string code = parse_error_code(response.body.reveal());
  const Row& row = row_of(response.status, code);
  const auto wait = response.retry_after(Instant());
  const std::string later = wait ? "in " + format_duration(*wait) : "later";
  const std::string advice = fmt::format(fmt::runtime(row.advice), fmt::arg("identity", attempt.identity),
                                         fmt::arg("missing", attempt.missing), fmt::arg("later", later));
  const std::string shown = code.empty() ? "" : " (" + code + ")";
  const ErrorCode meaning = attempt.is_write && !row.refuses ? ErrorCode::ambiguous : row.code;
  return Error(meaning, fmt::format("the control plane answered {}{}: {}", response.status, shown, advice))
      .with_retry_after(wait)
      .with_http_status(response.status);
}

Error error_of_write(Error cause, const Attempt& attempt) {
  if (cause.code() == ErrorCode::ambiguous) return ambiguous_of(std::move(cause), attempt);
  return std::move(cause).within(attempt.what);
}

Error ambiguous_of(Error cause, const Attempt& attempt) {
  return std::move(cause).within(attempt.what + " may or may not have been done").as(ErrorCode::ambiguous);
}

}  // namespace scoped::registry
