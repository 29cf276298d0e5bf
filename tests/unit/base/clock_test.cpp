// The clocks of this machine, as far as they can be compared. Not tested here: suspend and clock steps.
#include "common/base/clock.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

#include <time.h>

using namespace scoped;
using namespace std::chrono_literals;

TEST_CASE("the real clock tells the time of the system", "[base]") {
  const RealClock clock;
  const time_t before = time(nullptr);
  const int64_t told = unix_seconds(clock.now());
  CHECK(told >= before - 1);
  CHECK(told <= time(nullptr) + 1);
}

TEST_CASE("boot time does not run backwards", "[base]") {
  const RealClock clock;
  BootInstant last = clock.boot_now();
  CHECK(last > BootInstant());
  for (int i = 0; i < 1000; ++i) {
    const BootInstant next = clock.boot_now();
    REQUIRE(next >= last);
    last = next;
  }
}

TEST_CASE("a boot has one identity", "[base]") { CHECK(read_boot_id() == read_boot_id()); }

TEST_CASE("the tests' clock moves only when told, and its wall clock may be set back", "[base]") {
  test::FakeClock clock;
  const Instant start = clock.now();
  const BootInstant boot = clock.boot_now();
  clock.advance(5s);
  clock.step_wall(-1h);
  CHECK(clock.now() == start + 5s - 1h);
  CHECK(clock.boot_now() == boot + 5s);
}
