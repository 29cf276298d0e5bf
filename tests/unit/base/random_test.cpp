// Random numbers. Not tested here: that they cannot be guessed, which is the kernel's to keep.
#include "common/base/random.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

#include <string.h>

#include <array>
#include <deque>
#include <set>

using namespace scoped;

namespace {

// Gives out the numbers that it was given.
class Scripted final : public Random {
 public:
  explicit Scripted(std::deque<uint64_t> numbers) : numbers_(std::move(numbers)) {}
  void fill(void* bytes, size_t size) override {
    const uint64_t number = numbers_.front();
    numbers_.pop_front();
    memcpy(bytes, &number, size);
  }
  size_t left() const { return numbers_.size(); }

 private:
  std::deque<uint64_t> numbers_;
};

}  // namespace

TEST_CASE("numbers stay below their bound and reach each one", "[base]") {
  test::SeededRandom random;
  for (const uint64_t bound : {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{10}}) {
    std::set<uint64_t> seen;
    for (int i = 0; i < 500; ++i) seen.insert(random.below(bound));
    CHECK(seen.size() == bound);
    CHECK(*seen.rbegin() == bound - 1);
  }
}

TEST_CASE("numbers are uniform: what would favour some of them is drawn again", "[base]") {
  // 2^64 - 1 is divisible by 3, so the one number above the last full round would favour 0.
  Scripted random({UINT64_MAX, 5});
  CHECK(random.below(3) == 2);
  CHECK(random.left() == 0);
  Scripted large({UINT64_MAX - 1, UINT64_MAX / 2});
  CHECK(large.below(UINT64_MAX / 2 + 1) == UINT64_MAX / 2);
}

TEST_CASE("hex has two lower-case digits a byte", "[base]") {
  Scripted random({0x00ff'7f01'0000'0000});
  CHECK(random.hex(8) == "00000000017fff00");
  CHECK(random.left() == 0);
}

TEST_CASE("the system's numbers fill everything that is asked for", "[base]") {
  SystemRandom random;
  std::array<unsigned char, 4096> bytes{};
  random.fill(bytes.data(), bytes.size());
  const std::set<unsigned char> seen(bytes.end() - 1024, bytes.end());
  CHECK(seen.size() > 64);
  CHECK(random.hex(16).size() == 32);
  CHECK(random.hex(16) != random.hex(16));
  CHECK(random.hex(0).empty());
}
