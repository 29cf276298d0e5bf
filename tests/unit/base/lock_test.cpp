// Locks between processes. Not tested here: file systems without flock.
#include "common/base/lock.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace scoped;
using namespace std::chrono_literals;
using scoped::test::TemporaryFolder;

namespace {

using Acquire = Result<std::optional<FileLock>> (*)(const std::string&, std::chrono::milliseconds, mode_t);

// "held", "busy" or "error", as another process sees it.
std::string in_another_process(Acquire acquire, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = acquire(path, 0ms, 0600);
    _exit(!lock ? 2 : *lock ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  static constexpr const char* kNames[] = {"held", "busy", "error"};
  return kNames[WEXITSTATUS(status)];
}

bool is_held(const Result<std::optional<FileLock>>& lock) { return lock && *lock; }

}  // namespace

TEST_CASE("a lock excludes other processes until it is released", "[base]") {
  const TemporaryFolder folder;
  const std::string path = folder / "lock";
  {
    const auto lock = FileLock::acquire(path, 0ms);
    REQUIRE(is_held(lock));
    CHECK(in_another_process(&FileLock::acquire, path) == "busy");
    CHECK(in_another_process(&FileLock::acquire_shared, path) == "busy");
  }
  CHECK(in_another_process(&FileLock::acquire, path) == "held");
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a lock excludes other objects of the same process", "[base]") {
  const TemporaryFolder folder;
  const auto lock = FileLock::acquire(folder / "lock", 0ms);
  REQUIRE(is_held(lock));
  const auto second = FileLock::acquire(folder / "lock", 3ms);
  REQUIRE(second);
  CHECK_FALSE(*second);
}

TEST_CASE("shared locks exclude exclusive ones only", "[base]") {
  const TemporaryFolder folder;
  const std::string path = folder / "lock";
  const auto lock = FileLock::acquire_shared(path, 0ms);
  REQUIRE(is_held(lock));
  CHECK(in_another_process(&FileLock::acquire_shared, path) == "held");
  CHECK(in_another_process(&FileLock::acquire, path) == "busy");
}

TEST_CASE("a lock dies with the process that held it", "[base]") {
  const TemporaryFolder folder;
  const std::string path = folder / "lock";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::acquire(path, 0ms);
    static_cast<void>(!write(ready[1], is_held(lock) ? "1" : "0", 1));
    while (true) pause();
  }
  char held = '?';
  REQUIRE(read(ready[0], &held, 1) == 1);
  CHECK(held == '1');
  CHECK_FALSE(*FileLock::acquire(path, 0ms));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(is_held(FileLock::acquire(path, 0ms)));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a lock has the mode that was asked for and follows no link", "[base]") {
  const TemporaryFolder folder;
  REQUIRE(is_held(FileLock::acquire(folder / "lock", 0ms, 0600)));
  struct stat info {};
  REQUIRE(stat((folder / "lock").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(symlink((folder / "lock").c_str(), (folder / "link").c_str()) == 0);
  CHECK_FALSE(FileLock::acquire(folder / "link", 0ms));
  CHECK(FileLock::acquire(folder / "none/lock", 0ms).error().code() == ErrorCode::not_found);
}

TEST_CASE("the wait for a lock ends when the caller has what it waited for", "[base]") {
  const TemporaryFolder folder;
  const Fd opened(open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto lock = FileLock::acquire_at(opened.get(), "lock", 0ms);
  REQUIRE(is_held(lock));
  int asked = 0;
  const auto second = FileLock::acquire_at(opened.get(), "lock", 1h, [&] { return ++asked == 3; });
  REQUIRE(second);
  CHECK_FALSE(*second);
  lock->reset();
  CHECK(is_held(FileLock::acquire_at(opened.get(), "lock", 0ms, [] { return true; })));  // free: not asked
}

TEST_CASE("a lock can be taken in a folder that is open", "[base]") {
  const TemporaryFolder folder;
  const Fd opened(open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto lock = FileLock::acquire_at(opened.get(), "lock", 0ms);
  REQUIRE(is_held(lock));
  CHECK(in_another_process(&FileLock::acquire, folder / "lock") == "busy");
}

TEST_CASE("a lock that root makes in somebody else's folder is theirs", "[base]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const test::TemporaryFolder folder;
  REQUIRE(chown(folder.path().c_str(), 12345, 12345) == 0);
  const auto held = FileLock::acquire(folder / "lock", std::chrono::milliseconds(0));
  REQUIRE(held);
  struct stat info {};
  REQUIRE(stat((folder / "lock").c_str(), &info) == 0);
  CHECK(info.st_uid == 12345);
}
