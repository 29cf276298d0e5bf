// Not tested here: how a bearer is read from an answer (bearer_test).
#include "common/identity/bearer_cache.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace scoped;
using namespace std::chrono_literals;

namespace {

// A token endpoint whose bearers are "t1", "t2", ... and live as long as it is told. Its clock is ours plus
// `ahead`; a login takes `way` there and as much back.
struct World {
  test::FakeClock clock;
  int logins = 0;
  std::chrono::seconds life = 1h;
  Ticks way = 100ms;
  Ticks ahead = 0s;
  bool has_date = true;
  bool is_jwt = false;
  std::string more = {};    // members of the answer beside the usual
  std::string claims = {};  // of the last login
  std::optional<Error> failure;
  std::unique_ptr<net::Authorizer> authorizer = identity::make_bearer_cache(
      "rotator", clock, [this](const std::string& asked) { return log_in(asked); });

  Result<net::Response> log_in(const std::string& asked) {
    claims = asked;
    if (failure) return fail(*failure);
    net::Response answer;
    answer.status = 200;
    answer.sent = clock.boot_now();
    clock.advance(way);
    const Instant date = from_unix_seconds(unix_seconds(clock.now() + ahead));
    if (has_date) answer.date = date;
    std::string token = "t" + std::to_string(++logins);
    if (is_jwt)
      token += "." + crypto::base64url(R"({"exp":)" + std::to_string(unix_seconds(date + life)) + "}") + ".s";
    answer.body = Secret("{" + more + R"("access_token":")" + token + R"(","expires_in":)" +
                         std::to_string(life.count()) + "}");
    clock.advance(way);
    answer.received = clock.boot_now();
    return answer;
  }

  std::string authorize() {
    net::Request request;
    if (auto done = authorizer->authorize(request); !done)
      return std::string(name_of(done.error().code())) + ": " + done.error().line();
    return std::string(request.secret_headers.at(0).second.reveal());
  }

  std::string pin(std::chrono::seconds min_left) {
    const auto pinned = authorizer->pin(min_left);
    if (!pinned) return std::string(name_of(pinned.error().code())) + ": " + pinned.error().line();
    return std::string(pinned->bearer.reveal().substr(0, 2));
  }
};

}  // namespace

TEST_CASE("one login serves many requests", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  CHECK(world.authorize() == "Bearer t1");
  CHECK(world.logins == 1);
}

TEST_CASE("a bearer is renewed 5 minutes before its end", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(54min);
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(1min);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("a bearer of seconds is renewed when a third of its life is left", "[identity]") {
  World world;
  world.life = 6s;
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(3700ms);
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(100ms);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("our wall clock has no say in when a bearer is renewed", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  world.clock.step_wall(48h);
  CHECK(world.authorize() == "Bearer t1");
  world.clock.step_wall(-96h);
  world.clock.advance(56min);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("a refused bearer is not used again", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  world.authorizer->refused();
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("a login that fails leaves the old bearer in use until it ends", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(56min);
  world.failure = Error(ErrorCode::unavailable, "no answer");
  CHECK(world.authorize() == "Bearer t1");
  world.failure.reset();
  CHECK(world.authorize() == "Bearer t1");  // not every request tries anew
  world.clock.advance(2min);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("a login that fails with no bearer left is an error that names the identity", "[identity]") {
  World world;
  world.failure = Error(ErrorCode::login, "client secret refused");
  CHECK(world.authorize() == "login: identity 'rotator': client secret refused");
  CHECK(world.pin(2s) == "login: identity 'rotator': client secret refused");
  world.failure.reset();
  CHECK(world.authorize() == "Bearer t1");
  world.failure = Error(ErrorCode::unavailable, "no answer");
  world.clock.advance(1h);
  CHECK(world.authorize() == "unavailable: identity 'rotator': no answer");
}

TEST_CASE("a pinned bearer is the kept one while enough of it is left", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  CHECK(world.pin(50min) == "t1");
  CHECK(world.pin(2min) == "t1");
  CHECK(world.logins == 1);
}

TEST_CASE("a bearer is pinned by what is left at the upper end of the server's time", "[identity]") {
  World world;
  world.life = 10s;
  // At the upper end 1.2 s are taken off: the answer's second and the way; expires_in may count from sending.
  CHECK(world.pin(8s) == "t1");
  world.clock.advance(500ms);
  CHECK(world.pin(8s) == "t1");
  world.clock.advance(300ms);
  CHECK(world.pin(8s) == "t2");
}

TEST_CASE("a pinned bearer carries the interval in which it ends, by the server's clock", "[identity]") {
  World world;
  world.ahead = 3h;
  const Instant begin = world.clock.now() + world.ahead;
  const auto pinned = world.authorizer->pin(2s);
  REQUIRE(pinned);
  CHECK(pinned->expiry.earliest == begin + 1h - 200ms);
  CHECK(pinned->expiry.latest == begin + 1h + 1200ms);
  world.is_jwt = true;
  world.authorizer->refused();
  const auto exact = world.authorizer->pin(2s);
  REQUIRE(exact);
  CHECK(exact->expiry.earliest == exact->expiry.latest);
}

TEST_CASE("a provider whose bearers are too short is an error that names both numbers", "[identity]") {
  World world;
  world.life = 90s;
  CHECK(world.pin(120s) ==
        "configuration: identity 'rotator': a new bearer has only 88 s left, but 120 s are needed: lower "
        "rotation.fence_min or have the provider hand out longer ones");
  CHECK(world.logins == 1);
}

TEST_CASE("a bearer whose end nobody proves is good for reads and never pinned", "[identity]") {
  World world;
  world.has_date = false;
  CHECK(world.authorize() == "Bearer t1");
  CHECK(
      world.pin(2s) ==
      "unavailable: identity 'rotator': when its bearer ends cannot be told: the token is no JWT with 'exp' "
      "and the answer has no Date");
  world.is_jwt = true;
  CHECK(world.pin(2s) == "t3");
}

TEST_CASE("many threads wait for one login", "[identity]") {
  World world;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      if (world.authorize() != "Bearer t1") ++wrong;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(world.logins == 1);
}

TEST_CASE("a bearer from the cache costs no request in a thousand calls", "[identity]") {
  World world;
  for (int i = 0; i < 1000; ++i) REQUIRE(world.authorize() == "Bearer t1");
  CHECK(world.logins == 1);
}

TEST_CASE("64 callers with a cold cache cause one login", "[identity]") {
  World world;
  std::atomic<int> authorized{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 64; ++i)
    callers.emplace_back([&] {
      net::Request request;
      authorized += world.authorizer->authorize(request).has_value();
    });
  for (std::thread& each : callers) each.join();
  CHECK(authorized == 64);
  CHECK(world.logins == 1);
}

TEST_CASE("a bearer of two hours or more is renewed in the middle of its life", "[identity]") {
  World world;
  world.life = 24h;
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(12h - 1min);
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(2min);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("a bearer is renewed when the endpoint said so", "[identity]") {
  World world;
  world.more = R"("refresh_in":600,)";
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(9min);
  CHECK(world.authorize() == "Bearer t1");
  world.clock.advance(1min);
  CHECK(world.authorize() == "Bearer t2");
}

TEST_CASE("claims that a server asks for go with the next login alone", "[identity]") {
  World world;
  CHECK(world.authorize() == "Bearer t1");
  const std::string claims = R"({"access_token":{"nbf":{"essential":true}}})";
  world.authorizer->refused_for(GENERATE_COPY(crypto::base64(claims), crypto::base64url(claims)));
  CHECK(world.authorize() == "Bearer t2");
  CHECK(world.claims == claims);
  world.authorizer->refused();
  CHECK(world.authorize() == "Bearer t3");
  CHECK(world.claims.empty());
}

TEST_CASE("claims that are no JSON object are not passed on", "[identity]") {
  World world;
  for (const std::string& text : {std::string("???"), crypto::base64("[]"), crypto::base64("x"),
                                  crypto::base64("{\"a\":\"" + std::string(9'000, 'x') + "\"}")}) {
    world.authorizer->refused_for(text);
    CHECK(world.authorize().starts_with("Bearer "));
    CHECK(world.claims.empty());
  }
}
