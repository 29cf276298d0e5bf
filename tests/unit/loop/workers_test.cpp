// Not tested here: what the service manager does without a ping (tests/integration/service.py).
#include "agent/loop/workers.h"

#include "tests/support/catch.h"

#include <atomic>
#include <future>

using namespace scoped;
using loop::Workers;
using namespace std::chrono_literals;

namespace {

// A clock that moves when told, and a job that lasts until told.
struct Scene {
  std::atomic<std::chrono::seconds::rep> seconds{1000};
  Workers workers{1, [this] { return Workers::Steady(std::chrono::seconds(seconds)); }};
  std::promise<void> started, may_sign, signed_on, may_end, ended;

  void start_job() {
    workers.post([this] {
      started.set_value();
      may_sign.get_future().wait();
      Workers::sign_of_life();
      signed_on.set_value();
      may_end.get_future().wait();
    });
    started.get_future().wait();
  }
  void sign() {
    may_sign.set_value();
    signed_on.get_future().wait();
  }
  void end() {
    may_end.set_value();
    workers.post([this] { ended.set_value(); });  // one thread: it begins after the job is forgotten
    ended.get_future().wait();
  }
};

}  // namespace

TEST_CASE("workers without a job are never stuck", "[loop]") {
  Scene scene;
  scene.seconds += 1000;
  CHECK_FALSE(scene.workers.is_stuck(10s));
}

TEST_CASE("a job that has not given a sign of life for too long is stuck, and one that has is not",
          "[loop]") {
  Scene scene;
  scene.start_job();
  CHECK_FALSE(scene.workers.is_stuck(10s));
  scene.seconds += 11;
  CHECK(scene.workers.is_stuck(10s));
  scene.sign();
  CHECK_FALSE(scene.workers.is_stuck(10s));
  scene.seconds += 11;
  CHECK(scene.workers.is_stuck(10s));
  scene.end();
  CHECK_FALSE(scene.workers.is_stuck(10s));
}

TEST_CASE("jobs that wait while none begins are stuck though the one under way lives", "[loop]") {
  Scene scene;
  scene.start_job();
  scene.workers.post([] {});
  scene.seconds += 11;
  scene.sign();
  CHECK(scene.workers.is_stuck(10s));
  scene.end();
  CHECK_FALSE(scene.workers.is_stuck(10s));
}

TEST_CASE("a sign of life outside of a job is nobody's", "[loop]") {
  Scene scene;
  scene.start_job();
  scene.seconds += 11;
  Workers::sign_of_life();
  CHECK(scene.workers.is_stuck(10s));
  scene.sign();
  scene.end();
}
