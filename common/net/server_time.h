// What an HTTP server's Date headers prove about its clock (rule 11 of the rotation): an answer with Date D,
// sent at boot time s and received at r, proves server time at r in [D, D + 1 s + (r - s)]. Intervals are
// moved along boot time and intersected; one that contradicts what was known replaces it. Thread-safe.
#pragma once

#include "common/base/time.h"

#include <mutex>
#include <optional>

namespace scoped::net {

class ServerTime {
 public:
  void learn(Instant date, BootInstant sent, BootInstant received);
  // Server time at that boot instant; nothing before the first answer.
  std::optional<TimeInterval> at(BootInstant when) const;

 private:
  mutable std::mutex mutex_;
  std::optional<TimeInterval> known_;
  BootInstant known_at_{};
};

}  // namespace scoped::net
