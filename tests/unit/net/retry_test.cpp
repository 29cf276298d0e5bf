// Not tested here: what an answer's status means (http_test).
#include "common/net/retry.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"

using namespace scoped;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using test::Answer;
using test::FakeTransport;

namespace {

const std::string kUrl = "https://h/x";

// A transport with retries whose waits are written down; `patience` waits are allowed before "stop".
struct World {
  FakeTransport fake;
  test::SeededRandom random;
  std::vector<milliseconds> waits;
  size_t patience = 100;
  net::RetryPolicy policy;
  std::unique_ptr<net::Transport> transport =
      net::with_retries(fake, policy, random, [this](milliseconds wait) {
        waits.push_back(wait);
        return waits.size() <= patience;
      });

  Result<net::Response> send(std::string method) {
    net::Request request;
    request.method = std::move(method);
    request.url = kUrl;
    return transport->send(request);
  }
};

milliseconds longest_of(int attempt) {
  test::SeededRandom random;
  milliseconds longest{0};
  for (int i = 0; i < 2000; ++i)
    longest = std::max(longest, net::retry_delay({}, attempt, std::nullopt, random));
  return longest;
}

}  // namespace

TEST_CASE("the delay is random below a bound that doubles up to a ceiling", "[net]") {
  CHECK((longest_of(1) > 190ms && longest_of(1) <= 200ms));
  CHECK((longest_of(2) > 380ms && longest_of(2) <= 400ms));
  CHECK((longest_of(5) > 3000ms && longest_of(5) <= 3200ms));
  CHECK((longest_of(6) > 4800ms && longest_of(6) <= 5000ms));
  CHECK((longest_of(2'000'000'000) > 4800ms && longest_of(2'000'000'000) <= 5000ms));
}

TEST_CASE("a named wait is a floor that the ceiling does not cap", "[net]") {
  test::SeededRandom random;
  CHECK(net::retry_delay({}, 1, 20s, random) == 20s);
  CHECK(net::retry_delay({}, 1, 0s, random) <= 200ms);
  net::RetryPolicy none;
  none.base = 0ms;
  CHECK(net::retry_delay(none, 3, std::nullopt, random) == 0ms);
}

TEST_CASE("only passing troubles are worth another try", "[net]") {
  for (int status : {408, 429, 500, 502, 503, 504}) CHECK(net::is_worth_retrying(status));
  for (int status : {200, 201, 301, 400, 401, 403, 404, 409, 412, 501})
    CHECK_FALSE(net::is_worth_retrying(status));
}

TEST_CASE("a read is tried again until it succeeds", "[net]") {
  World world;
  world.fake.answer("GET " + kUrl, {503});
  world.fake.answer("GET " + kUrl, {200, "ok"});
  world.fake.fail_before_sending = 1;
  CHECK(world.send("GET")->body.reveal() == "ok");
  CHECK(world.waits.size() == 2);
}

TEST_CASE("the last answer is given back when the tries are used up", "[net]") {
  World world;
  world.fake.answer("HEAD " + kUrl, {503});
  CHECK(world.send("HEAD")->status == 503);
  CHECK(world.fake.sent().size() == 3);
}

TEST_CASE("an answer that will not change is not asked for again", "[net]") {
  World world;
  world.fake.answer("GET " + kUrl, {404});
  CHECK(world.send("GET")->status == 404);
  CHECK(world.waits.empty());
}

TEST_CASE("a wait that the server names is kept, a long one is left to the caller", "[net]") {
  World world;
  world.fake.answer("GET " + kUrl, {429, "", {{"Retry-After", "7"}}});
  world.fake.answer("GET " + kUrl, {429, "", {{"Retry-After", "31"}}});
  CHECK(world.send("GET")->status == 429);
  CHECK(world.waits == std::vector<milliseconds>{7s});
}

TEST_CASE("a write passes through once, whatever happens", "[net]") {
  const char* method = GENERATE("POST", "PUT", "PATCH", "DELETE");
  World world;
  world.fake.answer(method + (" " + kUrl), {503});
  CHECK(world.send(method)->status == 503);
  world.fake.lose_answers = 1;
  CHECK(world.send(method).error().code() == ErrorCode::ambiguous);
  CHECK(world.fake.sent().size() == 2);
}

TEST_CASE("a read that must leave once is not repeated", "[net]") {
  World world;
  world.fake.answer("GET " + kUrl, {503});
  net::Request request;
  request.url = kUrl;
  request.once = true;
  CHECK(world.transport->send(request)->status == 503);
  CHECK(world.fake.sent().size() == 1);
}

TEST_CASE("a read whose answers are lost is unavailable, not ambiguous", "[net]") {
  World world;
  world.fake.answer("GET " + kUrl, {200});
  world.fake.lose_answers = 3;
  CHECK(world.send("GET").error().code() == ErrorCode::unavailable);
  CHECK(world.fake.sent().size() == 3);
}

TEST_CASE("an error that waiting does not mend is returned at once", "[net]") {
  World world;
  world.fake.handle([](const test::SentRequest&) { return fail(ErrorCode::corrupt, "too large"); });
  CHECK(world.send("GET").error().code() == ErrorCode::corrupt);
  CHECK(world.waits.empty());
}

TEST_CASE("being asked to stop ends the waiting", "[net]") {
  World world;
  world.patience = 0;
  world.fake.answer("GET " + kUrl, {503});
  const auto result = world.send("GET");
  CHECK(result.error().code() == ErrorCode::cancelled);
  CHECK(result.error().line() == "GET https://h/x: stopped while waiting for another try");
  CHECK(world.fake.sent().size() == 1);
}
