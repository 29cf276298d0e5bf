// Files that are whole or not there. Not tested here: a disk that fills up in the middle of a record (the
// integration test of the agent), and a power cut.
#include "common/base/file.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

using namespace scoped;
using scoped::test::slurp;
using scoped::test::spill;
using scoped::test::TemporaryFolder;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  return list_folder(folder.path()).value();
}

// Runs `act` in a process of its own and waits for it.
template <typename Act>
pid_t in_child(Act act) {
  const pid_t child = fork();
  if (child == 0) {
    act();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return child;
}

class WithUmask {
 public:
  explicit WithUmask(mode_t mask) : before_(umask(mask)) {}
  ~WithUmask() { umask(before_); }

 private:
  mode_t before_;
};

}  // namespace

TEST_CASE("a file is read whole, up to a limit", "[base]") {
  const TemporaryFolder folder;
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{16383}, size_t{16384}, size_t{16385}, size_t{100'000}}) {
    const std::string text(size, 'x');
    spill(folder / "f", text);
    INFO(size);
    CHECK(read_file(folder / "f", size).value() == text);
    CHECK(read_file(folder / "f", size + 1).value() == text);
    if (size > 0) CHECK(read_file(folder / "f", size - 1).error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("a file whose size the kernel does not tell is read too", "[base]") {
  CHECK_FALSE(read_file("/proc/self/status", 1 << 20).value().empty());
}

TEST_CASE("what is no file is refused, and the error names it", "[base]") {
  const TemporaryFolder folder;
  CHECK(read_file(folder.path(), 10).error().line() == "'" + folder.path() + "' is not a regular file");
  CHECK(read_file(folder / "none", 10).error().code() == ErrorCode::not_found);
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(read_file(folder / "pipe", 10).error().code() == ErrorCode::invalid_input);
}

TEST_CASE("a pipe is read to its end", "[base]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string text(50'000, 'y');
  std::thread writer([&] {
    static_cast<void>(write_all(ends[1], text, "pipe"));
    close(ends[1]);
  });
  const auto got = read_all(ends[0], 60'000, "pipe");
  writer.join();
  close(ends[0]);
  CHECK(got.value() == text);
}

TEST_CASE("a secret file is private", "[base]") {
  const TemporaryFolder folder;
  spill(folder / "key", "hunter2");
  for (const mode_t mode : {0640, 0604, 0660, 0644}) {
    chmod((folder / "key").c_str(), mode);
    const auto secret = read_secret_file(folder / "key", 100);
    REQUIRE_FALSE(secret);
    CHECK(secret.error().code() == ErrorCode::denied);
    CHECK(secret.error().line().find("hunter2") == std::string::npos);
    CHECK(read_secret_file(folder / "key", 100, false).value().reveal() == "hunter2");
  }
  chmod((folder / "key").c_str(), 0600);
  CHECK(read_secret_file(folder / "key", 100).value().reveal() == "hunter2");
  CHECK(read_secret_file(folder / "key", 3).error().code() == ErrorCode::corrupt);
}

TEST_CASE("root does not take a secret from somebody else", "[base]") {
  if (geteuid() != 0) return;  // only root can give a file away
  const TemporaryFolder folder;
  spill(folder / "key", "hunter2");
  chmod((folder / "key").c_str(), 0600);
  REQUIRE(chown((folder / "key").c_str(), 12345, 12345) == 0);
  CHECK(read_secret_file(folder / "key", 100).error().code() == ErrorCode::denied);
}

TEST_CASE("a write replaces the whole file and leaves nothing else", "[base]") {
  const TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "f", "old and long", 0600));
  REQUIRE(write_file_atomically(folder / "f", "new", 0600));
  CHECK(slurp(folder / "f") == "new");
  CHECK(names_in(folder) == std::vector<std::string>{"f"});
}

TEST_CASE("the mode of a written file is exact, whatever the umask", "[base]") {
  const TemporaryFolder folder;
  for (const mode_t mask : {0, 022, 077, 0777}) {
    const WithUmask with(mask);
    for (const mode_t mode : {0600, 0644, 0640}) {
      REQUIRE(write_file_atomically(folder / "f", "x", mode));
      CHECK(mode_of(folder / "f") == mode);
    }
  }
}

TEST_CASE("creating does not touch a file that exists", "[base]") {
  const TemporaryFolder folder;
  REQUIRE(create_file_atomically(folder / "f", "first", 0600));
  CHECK(create_file_atomically(folder / "f", "second", 0600).error().code() == ErrorCode::conflict);
  CHECK(slurp(folder / "f") == "first");
  CHECK(mode_of(folder / "f") == 0600);
  CHECK(names_in(folder) == std::vector<std::string>{"f"});
}

TEST_CASE("a write that fails in the middle keeps the old file and leaves nothing", "[base]") {
  const TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "f", "old", 0600));
  const pid_t child = in_child([&] {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    if (write_file_atomically(folder / "f", std::string(10'000, 'x'), 0600)) spill(folder / "worked", "");
  });
  CHECK(child > 0);
  CHECK(slurp(folder / "f") == "old");
  CHECK(names_in(folder) == std::vector<std::string>{"f"});
}

TEST_CASE("a write into a folder that is not there names the file", "[base]") {
  const TemporaryFolder folder;
  const auto written = write_file_atomically(folder / "none/f", "x", 0600);
  REQUIRE_FALSE(written);
  CHECK(written.error().line().starts_with("write '" + folder.path() + "/none/f': "));
  REQUIRE(make_folders(folder / "taken/x", 0700));
  CHECK_FALSE(write_file_atomically(folder / "taken", "x", 0600));  // a folder is in the place
  CHECK(names_in(folder) == std::vector<std::string>{"taken"});
}

TEST_CASE("what a dead writer left is swept, what is not ours is not", "[base]") {
  const TemporaryFolder folder;
  const pid_t dead = in_child([] {});
  spill(folder / (".scoped-tmp." + std::to_string(dead) + ".0"), "half");
  spill(folder / (".scoped-tmp." + std::to_string(getpid()) + ".999999"), "half");  // of an earlier life
  spill(folder / ".scoped-tmp.1.0", "of a process that lives");
  spill(folder / "scoped-tmp.1.0", "");
  spill(folder / "f", "");
  sweep_temporary_files(folder.path());
  CHECK(names_in(folder) == std::vector<std::string>{".scoped-tmp.1.0", "f", "scoped-tmp.1.0"});
  sweep_temporary_files(folder / "none");
}

TEST_CASE("a name that a crashed process of the same number left is stepped over", "[base]") {
  const TemporaryFolder folder;
  in_child([&] {
    for (int i = 0; i < 20; ++i)
      spill(folder / (".scoped-tmp." + std::to_string(getpid()) + "." + std::to_string(i)), "");
    static_cast<void>(write_file_atomically(folder / "f", "new", 0600));
  });
  CHECK(slurp(folder / "f") == "new");
}

TEST_CASE("sweeping while others write takes nothing from them", "[base]") {
  const TemporaryFolder folder;
  std::atomic<bool> stop{false};
  std::thread sweeper([&] {
    while (!stop) sweep_temporary_files(folder.path());
  });
  int failed = 0;
  for (int i = 0; i < 200; ++i)
    if (!write_file_atomically(folder / "f", std::to_string(i), 0600)) ++failed;
  stop = true;
  sweeper.join();
  CHECK(failed == 0);
  CHECK(slurp(folder / "f") == "199");
}

TEST_CASE("readers see the old file or the new one, never a part", "[base]") {
  const TemporaryFolder folder;
  const std::string one(20'000, '1'), two(30'000, '2');
  REQUIRE(write_file_atomically(folder / "f", one, 0600));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i)
      static_cast<void>(write_file_atomically(folder / "f", i % 2 ? one : two, 0600));
    stop = true;
  });
  int parts = 0;
  while (!stop) {
    const std::string seen = read_file(folder / "f", 1 << 20).value();
    if (seen != one && seen != two) ++parts;
  }
  writer.join();
  CHECK(parts == 0);
}

TEST_CASE("folders are made with their parents", "[base]") {
  const TemporaryFolder folder;
  const WithUmask with(077);
  REQUIRE(make_folders(folder / "a/b/c", 0750));
  CHECK(mode_of(folder / "a/b/c") == 0750);
  CHECK(mode_of(folder / "a/b") == 0700);  // 0755 under the umask
  REQUIRE(make_folders(folder / "a/b/c", 0700));
  CHECK(mode_of(folder / "a/b/c") == 0750);
  REQUIRE(make_folders(folder / "x/y//", 0755));
  CHECK(mode_of(folder / "x/y") == 0755);
}

TEST_CASE("what stands in the way of a folder is an error", "[base]") {
  const TemporaryFolder folder;
  spill(folder / "f", "");
  CHECK(make_folders(folder / "f", 0700).error().code() == ErrorCode::invalid_input);
  CHECK_FALSE(make_folders(folder / "f/x", 0700));
  REQUIRE(symlink("nowhere", (folder / "link").c_str()) == 0);
  CHECK_FALSE(make_folders(folder / "link", 0700));
  CHECK_FALSE(make_folders("", 0700));
  CHECK(make_folders("/", 0700));
}

TEST_CASE("a folder is listed in order, or the error says why not", "[base]") {
  const TemporaryFolder folder;
  for (const char* name : {"b", "a", ".c"}) spill(folder / name, "");
  CHECK(names_in(folder) == std::vector<std::string>{".c", "a", "b"});
  CHECK(list_folder(folder / "none").error().code() == ErrorCode::not_found);
  CHECK_FALSE(list_folder(folder / "a"));
}

TEST_CASE("a path has a folder and a name", "[base]") {
  CHECK(folder_of("/a/b") == "/a");
  CHECK(folder_of("/a") == "/");
  CHECK(folder_of("a") == ".");
  CHECK(base_name_of("/a/b") == "b");
  CHECK(base_name_of("a") == "a");
  CHECK(base_name_of("/a/").empty());
}

TEST_CASE("what root makes in somebody else's folder is theirs", "[base]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const TemporaryFolder folder;
  const auto owner_of = [](const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_uid : uid_t{0};
  };
  REQUIRE(chown(folder.path().c_str(), 12345, 12345) == 0);
  REQUIRE(write_file_atomically(folder / "new", "x", 0600));
  REQUIRE(make_folders(folder / "a/b", 0700));
  for (const char* name : {"new", "a", "a/b"}) CHECK(owner_of(folder / name) == 12345);
  REQUIRE(chown((folder / "new").c_str(), 23456, 23456) == 0);
  REQUIRE(write_file_atomically(folder / "new", "y", 0600));
  CHECK(owner_of(folder / "new") == 23456);  // an old file's owner stays
}
