// Not tested here: steps of the wall clock, which need a machine of their own.
#include "agent/loop/timers.h"

#include "tests/support/catch.h"

#include <boost/asio/io_context.hpp>

#include <string>
#include <utility>

using namespace scoped;
using namespace std::chrono_literals;

namespace {

struct Scene {
  boost::asio::io_context io;
  RealClock clock;
  loop::Timers timers{io, clock, [] {}};
  std::string trace;

  BootInstant in(std::chrono::milliseconds length) const { return clock.boot_now() + length; }
  auto add(char name) {
    return [this, name] { trace += name; };
  }
  // Runs until the timers are stopped, at most 10 s.
  std::string run() {
    io.run_for(10s);
    return trace;
  }
};

}  // namespace

TEST_CASE("Work is done in the order of its deadlines", "[loop]") {
  Scene scene;
  scene.timers.at(scene.in(3ms), scene.add('c'));
  scene.timers.at(scene.in(1ms), scene.add('a'));
  scene.timers.at(scene.in(2ms), scene.add('b'));
  scene.timers.at(scene.in(4ms), [&scene] { scene.timers.stop(); });
  CHECK(scene.run() == "abc");
}

TEST_CASE("A deadline in the past is due at once", "[loop]") {
  Scene scene;
  scene.timers.at(BootInstant{}, [&scene] {
    scene.trace += 'a';
    scene.timers.stop();
  });
  CHECK(scene.run() == "a");
}

TEST_CASE("What is cancelled is not done, and cancelling twice is no error", "[loop]") {
  Scene scene;
  const auto id = scene.timers.at(scene.in(1ms), scene.add('x'));
  scene.timers.cancel(id);
  scene.timers.cancel(id);
  scene.timers.at(scene.in(3ms), [&scene] { scene.timers.stop(); });
  CHECK(scene.run().empty());
}

TEST_CASE("Work may ask for more work", "[loop]") {
  Scene scene;
  scene.timers.at(scene.in(1ms), [&scene] {
    scene.timers.at(scene.in(1ms), [&scene] {
      scene.trace += 'b';
      scene.timers.stop();
    });
    scene.trace += 'a';
  });
  CHECK(scene.run() == "ab");
}
