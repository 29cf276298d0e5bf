// So many requests a second and no more, with a burst: a bucket that fills at that rate and gives one token
// for a request. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/time.h"

#include <chrono>
#include <functional>
#include <mutex>

namespace scoped::net {

class Pace {
 public:
  // A full bucket. REQUIRES: per_second > 0, burst >= 1.
  Pace(double per_second, int burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}
  // Takes a token that is there, or the next that nobody waits for; how long until it is there.
  Ticks next_turn(BootInstant now);

 private:
  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  double tokens_;  // below 0: of those who wait
  BootInstant counted_{};
};

// Waits for a turn; false: `wait` was asked to stop. At once without a pace, or where nobody can wait.
bool wait_for_turn(Pace* pace, const Clock& clock,
                   const std::function<bool(std::chrono::milliseconds)>& wait);

}  // namespace scoped::net
