// Not tested here: each form of the operators; heaps under sanitizers, which are not ours.
#include "common/base/handle.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <memory>
#include <string>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

// Reads memory that is not ours any more, which only the kernel may.
std::string read_memory(uintptr_t address, size_t size) {
  const scoped::Fd memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::string bytes(size, '\0');
  REQUIRE(pread(memory.get(), bytes.data(), size, static_cast<off_t>(address)) == static_cast<ssize_t>(size));
  return bytes;
}

}  // namespace

TEST_CASE("What is freed is overwritten first", "[base]") {
  constexpr size_t kSize = 3'000;
  auto text = std::make_unique<char[]>(kSize);
  memset(text.get(), 'S', kSize);
  volatile const auto address = reinterpret_cast<uintptr_t>(text.get());  // the compiler must not follow it
  text.reset();
  const std::string left = read_memory(address, kSize);
  CHECK(std::count(left.begin(), left.end(), 'S') == 0);
}

#endif
