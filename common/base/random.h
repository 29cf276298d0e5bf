// Randomness as an argument. Thread-safe.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string>

namespace scoped {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* bytes, size_t size) = 0;

  uint64_t below(uint64_t bound);  // uniform in [0, bound); REQUIRES: bound > 0
  std::string hex(size_t bytes);   // 2 * bytes lower-case digits
};

// getrandom(2); fit for keys.
class SystemRandom final : public Random {
 public:
  void fill(void* bytes, size_t size) override;
};

}  // namespace scoped
