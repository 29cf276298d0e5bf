// Not tested here: when a login is made (bearer_cache_test).
#include "common/identity/bearer.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

using namespace scoped;
using namespace std::chrono_literals;
using identity::Bearer;

namespace {

const Instant kStart = parse_rfc3339("2026-01-01T12:00:00Z").value();
const BootInstant kBoot{1h};

std::string jwt(const std::string& payload) { return "e30." + crypto::base64url(payload) + ".c2ln"; }

std::string expiry_in(const std::string& token) {
  const auto expiry = identity::peek_expiry(Secret(token));
  return expiry ? format_rfc3339(*expiry) : "none";
}

// Sent at kBoot, received 400 ms later.
net::Response answer(const std::string& body, std::optional<Instant> date = kStart) {
  net::Response response;
  response.status = 200;
  response.body = Secret(body);
  response.date = date;
  response.sent = kBoot;
  response.received = kBoot + 400ms;
  return response;
}

Result<Bearer> read(const net::Response& response) {
  net::ServerTime time;
  if (response.date) time.learn(*response.date, response.sent, response.received);
  return identity::read_bearer(response, time, kStart);
}

std::string problem_of(const std::string& body) {
  const auto bearer = read(answer(body));
  if (bearer) return "accepted";
  return bearer.error().code() == ErrorCode::unavailable ? bearer.error().line() : "another code";
}

int64_t milliseconds_after_start(Instant at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at - kStart).count();
}

}  // namespace

TEST_CASE("the end of a JWT is its numeric exp", "[identity]") {
  CHECK(expiry_in(jwt(R"({"exp":1767272400})")) == "2026-01-01T13:00:00Z");
  CHECK(expiry_in(jwt(R"({"exp":1767272400.75,"aud":"x"})")) == "2026-01-01T13:00:00Z");
}

TEST_CASE("a token that is no JWT with a sound exp has no end of its own", "[identity]") {
  const std::string token =
      GENERATE(std::string(), std::string("opaque"), std::string("a.b"), std::string("..."),
               std::string("a.!.c"), jwt("{}"), jwt("[]"), jwt("no JSON"), jwt(R"({"exp":"1767272400"})"),
               jwt(R"({"exp":-1})"), jwt(R"({"exp":null})"), jwt(R"({"exp":1e300})"),
               jwt(R"({"exp":253402300800})"), jwt(R"({"exp":1,"exp":2})"));
  CAPTURE(token);
  CHECK(expiry_in(token) == "none");
}

TEST_CASE("a JWT ends exactly at its exp", "[identity]") {
  const auto bearer =
      read(answer(R"({"access_token":")" + jwt(R"({"exp":1767272400})") + R"(","expires_in":3599})"));
  REQUIRE(bearer);
  REQUIRE(bearer->expiry);
  CHECK(bearer->expiry->earliest == kStart + 1h);
  CHECK(bearer->expiry->latest == kStart + 1h);
  CHECK(bearer->ends == kBoot + 3599s);
}

TEST_CASE("expires_in counts from sending at the earliest and from receipt at the latest", "[identity]") {
  const auto bearer = read(answer(R"({"access_token":"opaque","expires_in":60})"));
  REQUIRE(bearer);
  REQUIRE(bearer->expiry);
  // At receipt the server's time was in [0, 1400] ms, so at sending in [-400, 1000].
  CHECK(milliseconds_after_start(bearer->expiry->earliest) == 59'600);
  CHECK(milliseconds_after_start(bearer->expiry->latest) == 61'400);
  CHECK(bearer->token.reveal() == "opaque");
}

TEST_CASE("expires_in without a Date proves no end, but says when to log in again", "[identity]") {
  const auto bearer = read(answer(R"({"access_token":"opaque","expires_in":"60"})", std::nullopt));
  REQUIRE(bearer);
  CHECK_FALSE(bearer->expiry);
  CHECK(bearer->ends == kBoot + 60s);
}

TEST_CASE("a JWT without expires_in ends by the server's time, else by ours", "[identity]") {
  const std::string body = R"({"access_token":")" + jwt(R"({"exp":1767272400})") + R"("})";
  CHECK(read(answer(body))->ends == kBoot + 400ms + 1h - 1400ms);
  CHECK(read(answer(body, std::nullopt))->ends == kBoot + 400ms + 1h);
}

TEST_CASE("an answer that holds no bearer is refused without showing it", "[identity]") {
  const std::string where = "answer of the token endpoint: ";
  CHECK(problem_of("") == where + "it is no JSON object");
  CHECK(problem_of("<html>") == where + "it is no JSON object");
  CHECK(problem_of("[1]") == where + "it is no JSON object");
  CHECK(problem_of("{}") == where + "it has no text 'access_token'");
  CHECK(problem_of(R"({"access_token":7,"expires_in":60})") == where + "it has no text 'access_token'");
  CHECK(problem_of(R"({"access_token":"","expires_in":60})") == where + "it has no text 'access_token'");
  CHECK(problem_of(R"({"access_token":"a\nb","expires_in":60})") ==
        where + "'access_token' has characters that no bearer has");
  CHECK(problem_of(R"({"access_token":"a"})") ==
        where + "neither 'expires_in' nor the token says when it ends");
  CHECK(problem_of(R"({"access_token":"a","expires_in":-5})") ==
        where + "neither 'expires_in' nor the token says when it ends");
  CHECK(problem_of(R"({"access_token":"a","expires_in":true})").starts_with(where + "'expires_in' is"));
  CHECK(problem_of(R"({"access_token":"hunter2","expires_in":"soon"})").find("hunter2") == std::string::npos);
}
