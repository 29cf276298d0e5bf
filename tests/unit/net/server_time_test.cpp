// Not tested here: what the rotation does with the interval.
#include "common/net/server_time.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace std::chrono_literals;

namespace {

const Instant kStart = parse_rfc3339("2026-01-01T12:00:00Z").value();
const BootInstant kBoot{1h};

// Seconds after kStart, as "[earliest, latest]" in milliseconds.
std::string at(const net::ServerTime& time, BootInstant when) {
  const auto interval = time.at(when);
  if (!interval) return "unknown";
  const auto text = [](Instant end) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(end - kStart).count());
  };
  return "[" + text(interval->earliest) + ", " + text(interval->latest) + "]";
}

}  // namespace

TEST_CASE("server time is unknown before the first answer", "[net]") {
  CHECK(at(net::ServerTime(), kBoot) == "unknown");
}

TEST_CASE("one answer proves an interval of a second and the way back and forth", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot + 300ms);
  CHECK(at(time, kBoot + 300ms) == "[0, 1300]");
}

TEST_CASE("the interval moves along boot time, in both directions", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot);
  CHECK(at(time, kBoot + 5s) == "[5000, 6000]");
  CHECK(at(time, kBoot - 2s) == "[-2000, -1000]");
}

TEST_CASE("a second answer narrows the interval", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot);                         // [0, 1000] at 0
  time.learn(kStart + 2s, kBoot + 1500ms, kBoot + 1500ms);  // [2000, 3000] at 1500: [500, 1500] at 0
  CHECK(at(time, kBoot + 1500ms) == "[2000, 2500]");
  CHECK(at(time, kBoot) == "[500, 1000]");
}

TEST_CASE("a slow answer does not widen what is known", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot);
  time.learn(kStart + 10s, kBoot, kBoot + 10s);
  CHECK(at(time, kBoot + 10s) == "[10000, 11000]");
}

TEST_CASE("an answer that contradicts what was known replaces it", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot);
  time.learn(kStart - 1h, kBoot + 1s, kBoot + 1s);
  CHECK(at(time, kBoot + 1s) == "[-3600000, -3599000]");
  time.learn(kStart + 1h, kBoot + 2s, kBoot + 2s);
  CHECK(at(time, kBoot + 2s) == "[3600000, 3601000]");
}

TEST_CASE("intervals that touch in one instant agree", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot, kBoot);
  time.learn(kStart + 1s, kBoot, kBoot);
  CHECK(at(time, kBoot) == "[1000, 1000]");
}

TEST_CASE("answers may be learnt in another order than they came", "[net]") {
  net::ServerTime time;
  time.learn(kStart + 10s, kBoot + 10s, kBoot + 10s);
  time.learn(kStart, kBoot + 500ms, kBoot + 500ms);  // at 10 s: [9500, 10500]
  CHECK(at(time, kBoot + 10s) == "[10000, 10500]");
}

TEST_CASE("an answer that came before its request proves nothing", "[net]") {
  net::ServerTime time;
  time.learn(kStart, kBoot + 1s, kBoot);
  CHECK(at(time, kBoot) == "unknown");
}
