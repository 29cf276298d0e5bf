// A clock that moves only when told, forwards or back, and random numbers from a seed.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"

#include <random>

namespace scoped::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start = parse_rfc3339("2026-01-01T00:00:00Z").value()) : now_(start) {}
  Instant now() const override { return now_; }
  BootInstant boot_now() const override { return boot_; }
  void advance(Ticks by) {
    now_ += by;
    boot_ += by;
  }
  void step_wall(Ticks by) { now_ += by; }

 private:
  Instant now_;
  BootInstant boot_{std::chrono::hours(1)};
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(unsigned seed = 1) : engine_(seed) {}
  void fill(void* bytes, size_t size) override {
    for (size_t i = 0; i < size; ++i)
      static_cast<unsigned char*>(bytes)[i] = static_cast<unsigned char>(engine_());
  }

 private:
  std::mt19937 engine_;
};

}  // namespace scoped::test
