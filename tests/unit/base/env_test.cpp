// The environment as an argument. Not tested here: that a set-uid program sees no variables.
#include "common/base/env.h"

#include "common/base/handle.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

using namespace scoped;

TEST_CASE("an empty variable counts as unset", "[base]") {
  const FixedEnvironment fixed({{"FULL", "x"}, {"EMPTY", ""}}, 7, 8);
  CHECK(fixed.get("FULL") == "x");
  CHECK(!fixed.get("EMPTY"));
  CHECK(!fixed.get("NONE"));
  CHECK(fixed.uid() == 7);
  CHECK(fixed.gid() == 8);
}

TEST_CASE("the real environment is that of the process", "[base]") {
  setenv("SCOPED_TEST_VARIABLE", "x", 1);
  const RealEnvironment real;
  CHECK(real.get("SCOPED_TEST_VARIABLE") == "x");
  setenv("SCOPED_TEST_VARIABLE", "", 1);
  CHECK(!real.get("SCOPED_TEST_VARIABLE"));
  unsetenv("SCOPED_TEST_VARIABLE");
  CHECK(!real.get("SCOPED_TEST_VARIABLE"));
  CHECK(real.uid() == geteuid());
  CHECK(real.gid() == getegid());
}

TEST_CASE("a descriptor is closed once, by its last owner", "[base]") {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) >= 0; };
  int number = -1;
  {
    Fd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.get();
    Fd second(std::move(first));
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
    CHECK(second.get() == number);
    first = std::move(second);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
  Fd released(open("/dev/null", O_RDONLY | O_CLOEXEC));
  number = released.release();
  released.reset();
  CHECK(is_open(number));
  close(number);
}
