// Not tested here: which hook is run when (hooks_test.cpp).
#include "agent/publish/hook_process.h"

#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <stdlib.h>

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::test;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kPatience{60'000};

// A shell script, run to its end.
HookEnd run(const std::string& script, milliseconds limit = kPatience,
            const std::vector<std::string>& environment = {"PATH=/usr/bin:/bin"}) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/hook";
  REQUIRE(write_file_atomically(path, "#!/bin/sh\n" + script + "\n", 0700));
  const auto end = run_hook(path, environment, limit);
  REQUIRE(end);
  return *end;
}

}  // namespace

TEST_CASE("a hook's end and its last line are told", "[publish]") {
  const HookEnd good = run("echo first; echo second");
  CHECK(good.ok);
  CHECK(good.how == "exit 0");
  CHECK(good.last_line == "second");
  const HookEnd bad = run("echo trouble >&2; exit 3");
  CHECK_FALSE(bad.ok);
  CHECK(bad.how == "exit 3");
  CHECK(bad.last_line == "trouble");
  CHECK(run("kill -9 $$").how == "signal 9");
}

TEST_CASE("a hook sees what it is given and nothing of ours", "[publish]") {
  setenv("SCOPED_TEST_SECRET", "hunter2", 1);
  const HookEnd end = run("echo \"$SCOPED_TOKEN/$SCOPED_TEST_SECRET/$HOME\"", kPatience,
                          {"PATH=/usr/bin:/bin", "SCOPED_TOKEN=blue"});
  unsetenv("SCOPED_TEST_SECRET");
  CHECK(end.last_line == "blue//");
}

TEST_CASE("a hook that reads its standard input finds it empty", "[publish]") {
  CHECK(run("cat; echo over").last_line == "over");
}

TEST_CASE("a hook that does not end is stopped with what it started", "[publish]") {
  const HookEnd end = run("sleep 600 & sleep 600", milliseconds(50));
  CHECK_FALSE(end.ok);
  CHECK(end.how == "stopped after 50ms");
}

TEST_CASE("what a hook leaves running does not hold it up", "[publish]") {
  CHECK(run("sleep 2 & echo started").last_line == "started");
}

TEST_CASE("however much a hook says, its last line is kept and made harmless", "[publish]") {
  CHECK(
      run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; printf 'a\\033[31mb'").last_line ==
      "a?[31mb");
}

TEST_CASE("a hook that cannot be started is an error", "[publish]") {
  CHECK_FALSE(run_hook("/nonexistent/hook", {}, kPatience));
}
