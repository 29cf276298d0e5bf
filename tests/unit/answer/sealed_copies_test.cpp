// Not tested here: the form of a copy and its ages (sealed_copy_test.cpp).
#include "common/answer/sealed_copies.h"

#include "common/answer/key_file.h"
#include "common/answer/saved_logins.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/answer/world.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using record::RecordName;
using test::make_record;
using test::name_of;

struct World {
  test::TemporaryFolder folder;
  std::map<std::string, std::string> variables{{"HOME", folder.path()}};
  uid_t uid = geteuid();
  test::SeededRandom random;
  std::string said;

  std::string state(const std::string& name) const { return folder / (".local/state/scoped/" + name); }
  std::string file(const std::string& name = "puller.copy") const {
    return state("copies/reg.azurecr.io/" + name);
  }
  // Each call sees the disk as another process would.
  template <typename Use>
  auto with(Use use) {
    const FixedEnvironment environment(variables, uid, getegid());
    SealedCopies copies(environment, random, [this](const std::string& line) { said += line + "\n"; });
    return use(copies);
  }
  bool keep(const std::string& token = "puller", const std::string& password = "pass-1") {
    return with([&](SealedCopies& copies) {
      const RecordName name = name_of(token);
      const auto held = copies.lock(name, 0ms);
      return held && *held && copies.keep(**held, name, {make_record(token, password), {}, {}, false});
    });
  }
  // The password of the copy, "-" for none.
  std::string find(const RecordName& name = name_of("puller")) {
    return with([&](SealedCopies& copies) {
      const auto copy = copies.find(name);
      return copy ? std::string(copy->record.current->password.reveal()) : "-";
    });
  }
};

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("a copy is kept, found, replaced and dropped", "[answer]") {
  World world;
  CHECK(world.find() == "-");
  CHECK_FALSE(std::filesystem::exists(world.folder / ".local"));  // asking leaves nothing behind
  REQUIRE(world.keep());
  REQUIRE(world.keep("builder", "build-pass"));
  CHECK(world.find() == "pass-1");
  REQUIRE(world.keep("puller", "pass-2"));
  CHECK(world.find() == "pass-2");
  CHECK(world.find(name_of("builder")) == "build-pass");
  world.with([](SealedCopies& copies) {
    const auto held = copies.lock(name_of("puller"), 0ms);
    copies.drop(**held, name_of("puller"));
    copies.drop(**held, name_of("puller"));
  });
  CHECK(world.find() == "-");
  CHECK(world.find(name_of("builder")) == "build-pass");
  CHECK(world.said == "sealed copy of 'reg.azurecr.io/puller': dropped\n");
}

TEST_CASE("a copy is sealed and the user's alone", "[answer]") {
  World world;
  REQUIRE(world.keep("puller", "s3cret-text"));
  CHECK(mode_of(world.state("")) == 0700);
  CHECK(mode_of(world.state("copies")) == 0700);
  CHECK(mode_of(world.file("")) == 0700);
  CHECK(mode_of(world.state("key")) == 0600);
  CHECK(mode_of(world.file()) == 0600);
  const std::string bytes = test::slurp(world.file());
  CHECK(bytes.find("s3cret-text") == std::string::npos);
  CHECK(bytes.find("puller") == std::string::npos);
}

TEST_CASE("names cannot leave their folder", "[answer]") {
  World world;
  const RecordName name{"reg.azurecr.io:5000", "../up"};
  world.with([&](SealedCopies& copies) {
    record::Record record = make_record(name.token);
    record.registry = name.registry;
    const auto held = copies.lock(name, 0ms);
    REQUIRE(held);
    REQUIRE(copies.keep(**held, name, {std::move(record), {}, {}, false}));
  });
  std::vector<std::string> files;
  for (const auto& each : std::filesystem::directory_iterator(world.state("copies/reg.azurecr.io%3A5000")))
    files.push_back(each.path().extension());
  std::sort(files.begin(), files.end());
  CHECK(files == std::vector<std::string>{".copy", ".lock"});
  CHECK(world.find(name) == "pass-1");
}

TEST_CASE("copies and saved logins share one key, whoever makes it", "[answer]") {
  World world;
  const FixedEnvironment environment(world.variables, geteuid(), getegid());
  SavedLogins logins(environment, world.random);
  const bool copies_first = GENERATE(true, false);
  if (copies_first) REQUIRE(world.keep());
  REQUIRE(logins.save("ghcr.io", "me", Secret("one")));
  if (!copies_first) REQUIRE(world.keep());
  CHECK(world.find() == "pass-1");
  CHECK(logins.find("ghcr.io").value()->secret.reveal() == "one");
}

TEST_CASE("saved logins whose key is lost get no new one by a copy", "[answer]") {
  World world;
  const FixedEnvironment environment(world.variables, geteuid(), getegid());
  REQUIRE(SavedLogins(environment, world.random).save("ghcr.io", "me", Secret("one")));
  std::filesystem::remove(world.state("key"));
  CHECK_FALSE(world.keep());
  CHECK(world.said.find("not kept: ") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.state("key")));
}

TEST_CASE("a file that cannot be believed is dropped with a line, and the next copy is kept", "[answer]") {
  World world;
  REQUIRE(world.keep());
  REQUIRE(world.keep("builder"));
  const std::string good = test::slurp(world.file());
  std::string expected = "damaged, or sealed under another key";
  SECTION("a flipped bit") {
    std::string bytes = good;
    bytes[bytes.size() / 2] ^= 4;
    test::spill(world.file(), bytes);
  }
  SECTION("cut") { test::spill(world.file(), good.substr(0, good.size() - 1)); }
  SECTION("empty") { test::spill(world.file(), ""); }
  SECTION("of another record") { test::spill(world.file(), test::slurp(world.file("builder.copy"))); }
  SECTION("under another key") { test::spill(world.state("key"), std::string(64, 'a') + "\n"); }
  SECTION("oversized") {
    test::spill(world.file(), std::string(kLargestCopy + 8192, 'x'));
    expected = "longer than";
  }
  SECTION("a symbolic link") {
    std::filesystem::rename(world.file(), world.file("elsewhere"));
    std::filesystem::create_symlink(world.file("elsewhere"), world.file());
    expected = "symbolic links";
  }
  SECTION("readable for others") {
    chmod(world.file().c_str(), 0644);
    expected = "must be a file of mode 0600";
  }
  SECTION("a pipe") {
    std::filesystem::remove(world.file());
    REQUIRE(mkfifo(world.file().c_str(), 0600) == 0);
    expected = "must be a file of mode 0600";
  }
  SECTION("of somebody else") {
    expected = "belongs to uid";
    if (chown(world.file().c_str(), geteuid() + 1, static_cast<gid_t>(-1)) != 0) {
      WARN("SKIPPED: needs root");
      return;
    }
  }
  CHECK(world.find() == "-");
  INFO(world.said);
  CHECK(world.said.starts_with("sealed copy of 'reg.azurecr.io/puller': dropped: "));
  CHECK(world.said.find(expected) != std::string::npos);
  CHECK(std::count(world.said.begin(), world.said.end(), '\n') == 1);
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(world.file())));
  REQUIRE(world.keep("puller", "pass-2"));
  CHECK(world.find() == "pass-2");
}

TEST_CASE("a copy of another uid is not believed", "[answer]") {
  World world;
  REQUIRE(world.keep());
  if (chown(world.file().c_str(), geteuid() + 1, static_cast<gid_t>(-1)) != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  for (const char* name : {"copies/reg.azurecr.io", "copies", "key", ""})
    REQUIRE(chown(world.state(name).c_str(), geteuid() + 1, static_cast<gid_t>(-1)) == 0);
  for (const char* name : {".local/state", ".local", ""})
    REQUIRE(chown((world.folder / name).c_str(), geteuid() + 1, static_cast<gid_t>(-1)) == 0);
  world.uid = geteuid() + 1;  // the same files under a uid that they were not sealed for
  CHECK(world.find() == "-");
  CHECK(world.said.find("for another uid") != std::string::npos);
}

TEST_CASE("what is in the way and cannot be removed is no error either", "[answer]") {
  World world;
  REQUIRE(world.keep());
  std::filesystem::remove(world.file());
  std::filesystem::create_directories(world.file("puller.copy/inside"));
  CHECK(world.find() == "-");
  CHECK_FALSE(world.keep());
  CHECK(world.said.find("not kept: ") != std::string::npos);
}

TEST_CASE("a lost key makes copies unreadable and the next one makes another key", "[answer]") {
  World world;
  REQUIRE(world.keep());
  std::filesystem::remove(world.state("key"));
  CHECK(world.find() == "-");
  CHECK(world.said.find("ignored, since its key cannot be read") != std::string::npos);
  REQUIRE(world.keep("puller", "pass-2"));
  CHECK(world.find() == "pass-2");
}

TEST_CASE("without a folder of one's own there are no copies and no lock", "[answer]") {
  World world;
  REQUIRE(world.keep());
  SECTION("no HOME") { world.variables.clear(); }
  SECTION("the HOME of another uid") { world.uid += 1; }
  SECTION("a symbolic link in the way") {
    std::filesystem::rename(world.state("copies"), world.state("elsewhere"));
    std::filesystem::create_directory_symlink(world.state("elsewhere"), world.state("copies"));
  }
  CHECK(world.find() == "-");
  CHECK_FALSE(world.keep());
  world.with([](SealedCopies& copies) { CHECK_FALSE(copies.lock(name_of("puller"), 0ms)); });
}

TEST_CASE("one process at a time holds the lock of a record, and its file stays", "[answer]") {
  World world;
  world.with([&](SealedCopies& copies) {
    const auto held = copies.lock(name_of("puller"), 0ms);
    REQUIRE(held.value());
    world.with([](SealedCopies& others) {
      CHECK_FALSE(others.lock(name_of("puller"), 1ms).value());
      CHECK(others.lock(name_of("builder"), 0ms).value());
    });
  });
  world.with([](SealedCopies& copies) { CHECK(copies.lock(name_of("puller"), 0ms).value()); });
  CHECK(std::filesystem::exists(world.file("puller.lock")));
}

TEST_CASE("many processes that make the key at once make one", "[answer]") {
  World world;
  constexpr int kProcesses = 16;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      world.random = test::SeededRandom(static_cast<unsigned>(i));
      _exit(world.keep("token-" + std::to_string(i)) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  for (int i = 0; i < kProcesses; ++i) CHECK(world.find(name_of("token-" + std::to_string(i))) == "pass-1");
  INFO(world.said);
  CHECK(world.said.empty());
}

}  // namespace
}  // namespace scoped::answer
