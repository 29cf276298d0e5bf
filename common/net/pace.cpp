#include "common/net/pace.h"

#include <algorithm>

namespace scoped::net {

Ticks Pace::next_turn(BootInstant now) {
  using Fraction = std::chrono::duration<double>;
  const std::lock_guard lock(mutex_);
  const double since = std::max(0.0, Fraction(now - counted_).count());
  counted_ = std::max(counted_, now);
  tokens_ = std::min(burst_, tokens_ + since * per_second_) - 1;
  return tokens_ >= 0 ? Ticks(0) : std::chrono::ceil<Ticks>(Fraction(-tokens_ / per_second_));
}

bool wait_for_turn(Pace* pace, const Clock& clock,
                   const std::function<bool(std::chrono::milliseconds)>& wait) {
  if (pace == nullptr) return true;
  const Ticks left = pace->next_turn(clock.boot_now());
  if (left <= Ticks(0) || !wait) return true;
  return wait(std::chrono::ceil<std::chrono::milliseconds>(left));
}

}  // namespace scoped::net
