#include "common/net/server_time.h"

#include <algorithm>

namespace scoped::net {

void ServerTime::learn(Instant date, BootInstant sent, BootInstant received) {
  if (received < sent) return;
  TimeInterval fresh{date, date + std::chrono::seconds(1) + (received - sent)};
  const std::lock_guard lock(mutex_);
  if (known_) {
    const Ticks passed = received - known_at_;
    const TimeInterval both{std::max(fresh.earliest, known_->earliest + passed),
                            std::min(fresh.latest, known_->latest + passed)};
    if (both.earliest <= both.latest) fresh = both;
  }
  known_ = fresh;
  known_at_ = received;
}

std::optional<TimeInterval> ServerTime::at(BootInstant when) const {
  const std::lock_guard lock(mutex_);
  if (!known_) return std::nullopt;
  const Ticks passed = when - known_at_;
  return TimeInterval{known_->earliest + passed, known_->latest + passed};
}

}  // namespace scoped::net
