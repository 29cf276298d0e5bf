// Not tested here: who keeps the pace; that is in tests/unit/store/vault_kv_test.cpp.
#include "common/net/pace.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace scoped;
using namespace std::chrono_literals;
using net::Pace;

TEST_CASE("a burst goes at once, and the rest at the rate", "[net]") {
  test::FakeClock clock;
  Pace pace(2, 3);
  for (int i = 0; i < 3; ++i) CHECK(pace.next_turn(clock.boot_now()) == 0s);
  CHECK(pace.next_turn(clock.boot_now()) == 500ms);
  CHECK(pace.next_turn(clock.boot_now()) == 1s);  // each that waits has a turn of its own
  clock.advance(1s);
  CHECK(pace.next_turn(clock.boot_now()) == 500ms);
}

TEST_CASE("what was not used is kept up to the burst", "[net]") {
  test::FakeClock clock;
  Pace pace(0.5, 2);
  pace.next_turn(clock.boot_now());
  pace.next_turn(clock.boot_now());
  clock.advance(1h);
  CHECK(pace.next_turn(clock.boot_now()) == 0s);
  CHECK(pace.next_turn(clock.boot_now()) == 0s);
  CHECK(pace.next_turn(clock.boot_now()) == 2s);
}

TEST_CASE("who cannot wait does not, and who is asked to stop is told", "[net]") {
  const test::FakeClock clock;
  Pace pace(1, 1);
  std::vector<std::chrono::milliseconds> waits;
  const auto wait = [&](std::chrono::milliseconds length) {
    waits.push_back(length);
    return waits.size() < 2;
  };
  CHECK(net::wait_for_turn(nullptr, clock, wait));
  CHECK(net::wait_for_turn(&pace, clock, wait));
  CHECK(waits.empty());
  CHECK(net::wait_for_turn(&pace, clock, wait));
  CHECK_FALSE(net::wait_for_turn(&pace, clock, wait));
  CHECK(waits == std::vector<std::chrono::milliseconds>{1s, 2s});
  CHECK(net::wait_for_turn(&pace, clock, {}));
}
