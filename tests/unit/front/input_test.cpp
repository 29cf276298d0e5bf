// Not tested here: a terminal, which needs one, and input that never ends.
#include "helper/front/input.h"

#include "common/base/handle.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <string.h>

#include <thread>

namespace scoped::front {
namespace {

constexpr size_t kMost = 1 << 20;

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
  Fd reading, writing;
};

std::string pattern(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 23);
  return text;
}

TEST_CASE("the input is read to its end, however it comes", "[front]") {
  Pipe pipe;
  std::thread writer([&] {
    for (const char* piece : {"my", "registry", ".azurecr.io"})
      if (write(pipe.writing.get(), piece, strlen(piece)) < 0) abort();
    pipe.writing.reset();
  });
  CHECK(drain(pipe.reading.get(), kMost, Until::end).reveal() == "myregistry.azurecr.io");
  writer.join();
}

TEST_CASE("inputs of every size are kept whole up to the bound, and the rest is discarded", "[front]") {
  const test::TemporaryFolder folder;
  const size_t size = GENERATE(as<size_t>(), 0, 1, 4095, 4096, 4097, 8192, 100'000);
  const size_t most = GENERATE(as<size_t>(), 1, 4096, 5000, 200'000);
  const Until until = GENERATE(Until::end, Until::quiet);
  CAPTURE(size, most);
  const std::string text = pattern(size);
  test::spill(folder / "input", text);
  const Fd fd(open((folder / "input").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(drain(fd.get(), most, until).reveal() == text.substr(0, most));
  CHECK(lseek(fd.get(), 0, SEEK_CUR) == static_cast<off_t>(size));
}

TEST_CASE("a closed stdin is an empty input", "[front]") {
  CHECK(drain(-1, kMost, Until::end).empty());
  CHECK(drain(-1, kMost, Until::quiet).empty());
}

TEST_CASE("who needs no input does not wait for its end", "[front]") {
  const Pipe pipe;
  REQUIRE(write(pipe.writing.get(), "unused", 6) == 6);
  CHECK(drain(pipe.reading.get(), kMost, Until::quiet).reveal() == "unused");
}

}  // namespace
}  // namespace scoped::front
