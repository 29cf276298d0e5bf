// Not tested here: what a caller does with the wait that it is told (retry_test, session_test).
#include "common/net/shared_hold.h"

#include "common/net/retry.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"

#include <map>

using namespace scoped;
using namespace std::chrono_literals;
using test::FakeTransport;

namespace {

const Instant kNow = parse_rfc3339("2026-03-01T12:00:00Z").value();

// A server that allows so many requests in each second, and says when to come again.
struct World {
  test::FakeClock clock{kNow};
  FakeTransport server{&clock};
  std::unique_ptr<net::Transport> held = net::with_shared_hold(server, clock);

  World() { server.answer("GET https://arm/ok", {}); }
  void throttle(int status, std::vector<net::Header> headers) {
    server.answer("POST https://arm/busy", {.status = status, .headers = std::move(headers)});
    (void)send("POST", "https://arm/busy");
    server.forget();
  }
  Result<net::Response> send(const std::string& method = "GET", const std::string& url = "https://arm/ok") {
    net::Request request;
    request.method = method;
    request.url = url;
    return held->send(request);
  }
};

}  // namespace

TEST_CASE("what one caller is told to wait holds for all of them", "[net]") {
  World world;
  world.throttle(429, {{"Retry-After", "20"}});
  const auto refused = world.send();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::unavailable);
  CHECK(refused.error().line() ==
        "GET https://arm/ok: not sent, since the server has asked for fewer requests");
  CHECK(refused.error().retry_after() == 21s);
  CHECK(world.server.sent().empty());
  world.clock.advance(20s);
  CHECK(world.send());
}

TEST_CASE("a server that names no time is left alone for a second", "[net]") {
  World world;
  world.throttle(429, {});
  CHECK_FALSE(world.send());
  world.clock.advance(1s);
  CHECK(world.send());
}

TEST_CASE("a server in trouble holds all back only where it says for how long", "[net]") {
  World world;
  world.throttle(503, {});
  CHECK(world.send());
  world.throttle(500, {{"Retry-After", "20"}});
  CHECK(world.send());
}

TEST_CASE("a 503 with a time holds all back", "[net]") {
  World world;
  world.throttle(503, {{"Retry-After", "20"}});
  CHECK_FALSE(world.send());
}

TEST_CASE("a time without an end is not waited for", "[net]") {
  World world;
  world.throttle(429, {{"Retry-After", "999999999"}});
  world.clock.advance(net::kLongestHold);
  CHECK(world.send());
}

TEST_CASE("a shorter wait does not end a longer one", "[net]") {
  World world;
  world.server.answer("GET https://arm/late", {.status = 429, .headers = {{"Retry-After", "1"}}});
  net::Request late;
  late.url = "https://arm/late";
  world.throttle(429, {{"Retry-After", "20"}});
  world.clock.advance(2s);
  CHECK_FALSE(world.held->send(late));
  world.clock.advance(2s);
  CHECK_FALSE(world.send());
}

TEST_CASE("a thousand that are held back come one after the other", "[net]") {
  World world;
  world.throttle(429, {{"Retry-After", "20"}});
  std::map<std::chrono::seconds, int> in_second;
  for (int i = 0; i < 1'000; ++i) ++in_second[*world.send().error().retry_after()];
  CHECK(in_second.begin()->first == 21s);
  CHECK(in_second.size() == 100);
  for (const auto& [second, callers] : in_second) CHECK(callers == 10);
}

TEST_CASE("a read that is held back goes on by itself when its turn has come", "[net]") {
  World world;
  world.throttle(429, {{"Retry-After", "20"}});
  test::SeededRandom random;
  const auto retrying = net::with_retries(*world.held, {}, random, [&world](std::chrono::milliseconds wait) {
    world.clock.advance(wait);
    return true;
  });
  net::Request request;
  request.url = "https://arm/ok";
  CHECK(retrying->send(request));
  CHECK(world.server.sent().size() == 1);
  CHECK(world.clock.now() >= kNow + 20s);
}
