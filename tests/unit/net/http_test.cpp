// Not tested here: how requests travel (curl_transport_test) and addresses (url_test).
#include "common/net/http.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::net;

namespace {

const Instant kNow = parse_rfc3339("2026-01-01T12:00:00Z").value();

std::string authorization_of(const Request& request) {
  std::string text;
  for (const auto& [name, value] : request.secret_headers)
    text += name + "=" + std::string(value.reveal()) + ";";
  return text;
}

std::string basic(std::string_view user, std::string_view password) {
  Request request;
  request.basic(user, Secret(password));
  return authorization_of(request);
}

std::string wait_of(std::string value, std::optional<Instant> date = std::nullopt) {
  Response response;
  response.headers = {{"retry-after", std::move(value)}};
  response.date = date;
  const auto wait = response.retry_after(kNow);
  return wait ? std::to_string(wait->count()) : "none";
}

Error error_of(int status, std::vector<Header> headers = {}) {
  Response response;
  response.status = status;
  response.headers = std::move(headers);
  return error_of_status(response, "PUT https://h/x", kNow);
}

}  // namespace

TEST_CASE("credentials become one secret header", "[net]") {
  CHECK(basic("token", "p+w/=") == "Authorization=Basic dG9rZW46cCt3Lz0=;");
  CHECK(basic("", "") == "Authorization=Basic Og==;");
  CHECK(basic("a", "b") == "Authorization=Basic YTpi;");
  CHECK(basic("u", "\xff\xfe\xfd") == "Authorization=Basic dTr//v0=;");
  Request request;
  request.basic("u", Secret("p"));
  request.bearer(Secret("abc"));
  CHECK(authorization_of(request) == "Authorization=Bearer abc;");
  CHECK(request.headers.empty());
}

TEST_CASE("a form is coded field by field, in order", "[net]") {
  Request request;
  request.form({{"grant_type", "password"}, {"password", "a+b/c=&d e"}, {"empty", ""}});
  CHECK(request.body.reveal() == "grant_type=password&password=a%2Bb%2Fc%3D%26d%20e&empty=");
  CHECK(request.content_type == "application/x-www-form-urlencoded");
  request.form({});
  CHECK(request.body.empty());
}

TEST_CASE("a header is found whatever its case, the first of several", "[net]") {
  Response response;
  response.headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  CHECK(response.header("CONTENT-TYPE") == "a");
  CHECK(response.header("Content").empty());
}

TEST_CASE("Retry-After is seconds or an HTTP date", "[net]") {
  CHECK(wait_of("17") == "17");
  CHECK(wait_of("0") == "0");
  CHECK(wait_of("Thu, 01 Jan 2026 12:00:30 GMT") == "30");
  CHECK(wait_of("Thu, 01 Jan 2026 11:00:00 GMT") == "0");
  CHECK(wait_of("Thu, 01 Jan 2026 12:00:30 GMT", kNow + std::chrono::seconds(20)) == "10");
}

TEST_CASE("a Retry-After that cannot be read is none, a huge one is a day", "[net]") {
  CHECK(wait_of("") == "none");
  CHECK(wait_of("-5") == "none");
  CHECK(wait_of("1.5") == "none");
  CHECK(wait_of("soon") == "none");
  CHECK(wait_of("99999999999999999999") == "86400");
  CHECK(wait_of("Fri, 31 Dec 9999 23:59:59 GMT") == "86400");
}

TEST_CASE("a status becomes a code and says what to do", "[net]") {
  struct Row {
    int status;
    ErrorCode code;
    const char* line;
  };
  const Row row = GENERATE(
      Row{301, ErrorCode::invalid_input,
          "HTTP 301 Moved Permanently: redirects are not followed; configure the final address"},
      Row{399, ErrorCode::invalid_input, "HTTP 399: redirects are not followed; configure the final address"},
      Row{400, ErrorCode::invalid_input, "HTTP 400 Bad Request: the server does not accept this request"},
      Row{401, ErrorCode::login,
          "HTTP 401 Unauthorized: the credentials were refused or have lapsed; log in again"},
      Row{403, ErrorCode::denied,
          "HTTP 403 Forbidden: the identity may not do this; ask an administrator for the role"},
      Row{404, ErrorCode::not_found, "HTTP 404 Not Found: check the name and the address"},
      Row{409, ErrorCode::conflict, "HTTP 409 Conflict: somebody else changed it first; read it again"},
      Row{412, ErrorCode::conflict,
          "HTTP 412 Precondition Failed: somebody else changed it first; read it again"},
      Row{418, ErrorCode::invalid_input, "HTTP 418: the server does not accept this request"},
      Row{429, ErrorCode::unavailable, "HTTP 429 Too Many Requests: try again later"},
      Row{500, ErrorCode::unavailable, "HTTP 500 Internal Server Error: try again later"},
      Row{503, ErrorCode::unavailable, "HTTP 503 Service Unavailable: try again later"},
      Row{599, ErrorCode::unavailable, "HTTP 599: try again later"},
      Row{204, ErrorCode::unavailable, "HTTP 204: that answer was not expected here"});
  CAPTURE(row.status);
  const Error error = error_of(row.status);
  CHECK(error.code() == row.code);
  CHECK(error.line() == std::string("PUT https://h/x: ") + row.line);
  CHECK(error.http_status() == row.status);
  CHECK_FALSE(error.retry_after());
}

TEST_CASE("the wait that a busy server asks for is part of the error", "[net]") {
  const Error error = error_of(429, {{"Retry-After", "30"}});
  CHECK(error.line() == "PUT https://h/x: HTTP 429 Too Many Requests: try again in 30 s");
  CHECK(error.retry_after() == std::chrono::seconds(30));
  CHECK_FALSE(error_of(409, {{"Retry-After", "30"}}).retry_after());
}

TEST_CASE("an answer's body is never part of the error", "[net]") {
  Response response;
  response.status = 400;
  response.body = Secret("hunter2");
  CHECK(error_of_status(response, "GET https://h/", kNow).line().find("hunter2") == std::string::npos);
}
