// Waiting, for the one thread that runs the io_context: a timer on boot time, so that suspend counts, and a
// watch on the wall clock, so that a step of it is noticed. Two descriptors however many deadlines there are.
#pragma once

#include "common/base/clock.h"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace scoped::loop {

class Timers {
 public:
  // `clock` outlives it. `clock_stepped` is called after each step of the wall clock.
  Timers(boost::asio::io_context& io, const Clock& clock, std::function<void()> clock_stepped);
  ~Timers();

  using Id = uint64_t;
  // Calls `work` once, not before `at`.
  Id at(BootInstant at, std::function<void()> work);
  void cancel(Id id);  // one that is over is no error
  // Lets the io_context come to an end.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scoped::loop
