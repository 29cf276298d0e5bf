// Threads for blocking work, and whether they get on with it: the watchdog of the service manager is pinged
// only while every worker does. A job gets on when it begins, when it ends, and whenever it says so (between
// two tries, between two requests); jobs that wait for a thread get on when any job begins. Thread-safe.
#pragma once

#include <stddef.h>

#include <chrono>
#include <functional>
#include <memory>

namespace scoped::loop {

class Workers {
 public:
  using Steady = std::chrono::steady_clock::time_point;  // does not count suspend, as the manager does not
  using Now = std::function<Steady()>;

  Workers(size_t threads, Now now);
  ~Workers();  // joins
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void post(std::function<void()> job);
  void join();

  // From within a job: it is alive. From any other thread: nothing happens.
  static void sign_of_life();
  // A job, or the queue while jobs wait in it, has not got on for longer than this.
  bool is_stuck(std::chrono::milliseconds patience) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scoped::loop
