#include "common/identity/vault_lifetime.h"

#include <algorithm>

namespace scoped::identity {
namespace {

constexpr uint64_t kShares = 1'000;
constexpr std::chrono::seconds kFirstWait{10};
constexpr std::chrono::minutes kLongestWait{5};
constexpr int kDoublings = 5;  // then the longest is passed

}  // namespace

Ticks grace_of(Ticks lease, Random& random) {
  const auto share = static_cast<Ticks::rep>(kShares + random.below(kShares + 1));  // of ten thousand
  return lease / (10 * static_cast<Ticks::rep>(kShares)) * share;
}

std::optional<Ticks> wait_to_renew(Ticks remaining, Ticks grace) {
  if (remaining <= grace) return std::nullopt;
  return remaining / 3 * 2 + grace / 3;
}

Ticks wait_after_failure(int failures, Random& random) {
  const Ticks doubled = Ticks(kFirstWait) * (1 << std::clamp(failures - 1, 0, kDoublings));
  const Ticks base = std::min<Ticks>(doubled, kLongestWait);
  const auto share = static_cast<Ticks::rep>(random.below(kShares + 1));
  return base + base / (2 * static_cast<Ticks::rep>(kShares)) * share;
}

}  // namespace scoped::identity
