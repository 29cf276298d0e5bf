#include "common/base/clock.h"

#include "common/base/file.h"

#include <time.h>

namespace scoped {
namespace {

Ticks read_clock(clockid_t id) {
  timespec value{};
  CHECK_INVARIANT(clock_gettime(id, &value) == 0);
  return Ticks(static_cast<int64_t>(value.tv_sec) * 10'000'000 + value.tv_nsec / 100);
}

}  // namespace

Instant RealClock::now() const { return Instant(read_clock(CLOCK_REALTIME)); }
BootInstant RealClock::boot_now() const { return BootInstant(read_clock(CLOCK_BOOTTIME)); }

std::string read_boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

}  // namespace scoped
