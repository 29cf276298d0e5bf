// Not tested here: terminals.
#include "helper/fetch/input.h"

#include "common/base/handle.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace scoped::fetch {
namespace {

struct Pipe {
  Fd out, in;
  Pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
};

// Writes it all, closes, and tells whether the reader took everything.
std::pair<std::string, bool> read_through(const std::string& text, size_t most, bool to_end) {
  Pipe pipe;
  bool taken = false;
  std::thread writer([&] {
    size_t written = 0;
    while (written < text.size()) {
      const ssize_t put = write(pipe.in.get(), text.data() + written, text.size() - written);
      if (put <= 0) break;
      written += static_cast<size_t>(put);
    }
    taken = written == text.size();
    pipe.in.reset();
  });
  const Secret input = read_input(pipe.out.get(), most, to_end);
  writer.join();
  return {std::string(input.reveal()), taken};
}

TEST_CASE("input is read to its end and kept up to the bound", "[fetch]") {
  const std::string long_text(300'000, 'x');
  for (const std::string& text : {std::string(), std::string("reg.azurecr.io"), long_text}) {
    const auto [kept, taken] = read_through(text, 1 << 20, true);
    CHECK(kept == text);
    CHECK(taken);
  }
  const auto [kept, taken] = read_through(long_text, 100'001, true);
  CHECK(kept == long_text.substr(0, 100'001));
  CHECK(taken);  // drained: the client does not die of EPIPE
}

TEST_CASE("input that nobody needs is not waited for", "[fetch]") {
  CHECK(read_through("unused", 1 << 20, false).first == "unused");
  Pipe open_end;
  CHECK(read_input(open_end.out.get(), 1 << 20, false).empty());
}

TEST_CASE("a closed descriptor is the end", "[fetch]") { CHECK(read_input(-1, 1 << 20, true).empty()); }

}  // namespace
}  // namespace scoped::fetch
