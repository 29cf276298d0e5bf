// links: emulator
// Requests to the emulator: a target either is refused or its segments and query, encoded again, give the
// same request; no form, login or bearer makes it fall over; a route captures what is in the path and no
// more.
#include "tests/emulator/http.h"

#include <stdint.h>

using namespace scoped;
using namespace scoped::emulator;

namespace {

std::string encode(const Request& request) {
  std::string target;
  for (const std::string& segment : request.segments) target += "/" + percent_encode(segment);
  std::string separator = "?";
  for (const auto& [name, value] : request.query) {
    target += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = "&";
  }
  return target;
}

void check_routes(const Request& request) {
  const auto rest = match_path("/{...}", request.segments, Case::exact);
  CHECK_INVARIANT(rest && rest->size() == 1);
  size_t size = request.segments.size() - 1;
  for (const std::string& segment : request.segments) size += segment.size();
  CHECK_INVARIANT(rest->front().size() == size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto request = make_request("GET", text, {}, "")) {
    const auto again = make_request("GET", encode(*request), {}, "");
    CHECK_INVARIANT(again && again->segments == request->segments && again->query == request->query);
    check_routes(*request);
  }
  const Fields headers = {{"Authorization", text}, {"Content-Type", "application/x-www-form-urlencoded"}};
  const auto request = make_request("POST", "/", headers, text);
  CHECK_INVARIANT(request.has_value());
  (void)request->form();
  if (const auto login = basic_login(*request)) CHECK_INVARIANT(login->user.find(':') == std::string::npos);
  if (const auto bearer = bearer_of(*request)) CHECK_INVARIANT(!bearer->empty() && text.ends_with(*bearer));
  return 0;
}
