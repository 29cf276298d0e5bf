#include "common/identity/vault_lifetime.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::identity;
using std::chrono::seconds;

namespace {

// Always the least, or always the most.
class Edge final : public Random {
 public:
  explicit Edge(uint8_t byte) : byte_(byte) {}
  void fill(void* bytes, size_t size) override {
    for (size_t i = 0; i < size; ++i) static_cast<uint8_t*>(bytes)[i] = byte_;
  }

 private:
  uint8_t byte_;
};

}  // namespace

TEST_CASE("the grace of a lease is 10 to 20 % of it", "[identity][vault]") {
  SystemRandom random;
  const Ticks lease = seconds(3600);
  bool differ = false;
  const Ticks first = grace_of(lease, random);
  for (int i = 0; i < 200; ++i) {
    const Ticks grace = grace_of(lease, random);
    CHECK(grace >= lease / 10);
    CHECK(grace <= lease / 5);
    differ = differ || grace != first;
  }
  CHECK(differ);
  Edge least(0);
  CHECK(grace_of(lease, least) == Ticks(seconds(360)));
}

TEST_CASE("a renewal waits two thirds of what is left and a third of the grace", "[identity][vault]") {
  CHECK(wait_to_renew(seconds(3600), seconds(360)) == Ticks(seconds(2520)));
  CHECK(wait_to_renew(seconds(361), seconds(360)).has_value());
  CHECK_FALSE(wait_to_renew(seconds(360), seconds(360)));
  CHECK_FALSE(wait_to_renew(seconds(0), seconds(0)));
  for (int left = 361; left < 3600; left += 7)
    CHECK(*wait_to_renew(seconds(left), seconds(360)) < seconds(left));
}

TEST_CASE("failures are spaced out from ten seconds to five minutes", "[identity][vault]") {
  Edge least(0);
  CHECK(wait_after_failure(1, least) == Ticks(seconds(10)));
  CHECK(wait_after_failure(2, least) == Ticks(seconds(20)));
  CHECK(wait_after_failure(6, least) == Ticks(seconds(300)));
  CHECK(wait_after_failure(1'000'000, least) == Ticks(seconds(300)));
  SystemRandom random;
  for (int i = 0; i < 100; ++i) CHECK(wait_after_failure(9, random) <= Ticks(seconds(450)));
}
