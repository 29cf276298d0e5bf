#include "common/base/spawn.h"

#include "tests/support/catch.h"

#include <pthread.h>
#include <signal.h>

using namespace scoped;
using namespace std::chrono_literals;

namespace {

Result<Spawned> shell(const std::string& script, std::string_view input = "",
                      std::chrono::milliseconds limit = 20s) {
  return spawn({"sh", "-c", script}, input, limit);
}

// As the threads of the agent hold back what ends it.
class HeldBack {
 public:
  explicit HeldBack(int signal) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(SIG_BLOCK, &one, &before_);
  }
  HeldBack(const HeldBack&) = delete;
  HeldBack& operator=(const HeldBack&) = delete;
  ~HeldBack() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

TEST_CASE("A program gets its input and gives both outputs and its exit code", "[base]") {
  const auto said = shell("cat; echo problem >&2; exit 3", "in");
  REQUIRE(said);
  CHECK(said->out.reveal() == "in");
  CHECK(said->err == "problem\n");
  CHECK(said->exit_code == 3);
}

TEST_CASE("A program that reads nothing of a long input ends as it likes", "[base]") {
  CHECK(shell("exit 0", std::string(300'000, 'x'))->exit_code == 0);
}

TEST_CASE("An environment that is given is the whole of it", "[base]") {
  const auto said = spawn({"/bin/sh", "-c", "echo $ONE$HOME"}, "", 20s, std::vector<std::string>{"ONE=1"});
  REQUIRE(said);
  CHECK(said->out.reveal() == "1\n");
}

TEST_CASE("A program that is not there is not found", "[base]") {
  CHECK(spawn({"/none/such"}, "", 20s).error().code() == ErrorCode::not_found);
}

TEST_CASE("A program that does not end is killed when the time is over", "[base]") {
  const auto said = shell("exec sleep 600", "", 50ms);
  REQUIRE_FALSE(said);
  CHECK(said.error().code() == ErrorCode::unavailable);
  CHECK(said.error().line() == "'sh' did not end within 1 s");
}

TEST_CASE("A program can be ended by a signal that this thread holds back", "[base]") {
  const HeldBack term(SIGTERM);
  CHECK(shell("kill -TERM $$; exit 0")->exit_code == 128 + SIGTERM);
}
