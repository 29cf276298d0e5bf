// The only places that ask what time it is. Functions that need the time take it as an argument; the loop and
// the mains hold a Clock. Thread-safe.
#pragma once

#include "common/base/time.h"

#include <string>

namespace scoped {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;           // CLOCK_REALTIME
  virtual BootInstant boot_now() const = 0;  // CLOCK_BOOTTIME
};

class RealClock final : public Clock {
 public:
  Instant now() const override;
  BootInstant boot_now() const override;
};

// The identity of this boot (/proc/sys/kernel/random/boot_id), empty where the kernel does not tell.
std::string read_boot_id();

}  // namespace scoped
