// Not tested here: the form of the document (login_codec_test.cpp) and power cuts between two system calls.
#include "common/answer/saved_logins.h"

#include "common/answer/private_folder.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace scoped::answer {
namespace {

struct World {
  test::TemporaryFolder folder;
  std::map<std::string, std::string> variables{{"HOME", folder.path()}};
  test::SeededRandom random;

  FixedEnvironment environment() const { return FixedEnvironment(variables, geteuid(), getegid()); }
  std::string state(const std::string& name) const { return folder / (".local/state/scoped/" + name); }
};

// Each call sees the disk as another process would.
Result<> save(World& world, const std::string& url, const std::string& user, const std::string& secret) {
  const FixedEnvironment environment = world.environment();
  return SavedLogins(environment, world.random).save(url, user, Secret(secret));
}
Result<> erase(World& world, const std::string& url) {
  const FixedEnvironment environment = world.environment();
  return SavedLogins(environment, world.random).erase(url);
}
// "user secret", "-" for nothing, or the error.
std::string find(World& world, const std::string& url) {
  const FixedEnvironment environment = world.environment();
  const auto login = SavedLogins(environment, world.random).find(url);
  if (!login) return login.error().line();
  return *login ? (*login)->username + " " + std::string((*login)->secret.reveal()) : "-";
}
std::map<std::string, std::string> list(World& world) {
  const FixedEnvironment environment = world.environment();
  return SavedLogins(environment, world.random).list().value();
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("a login is saved, found, replaced, listed and erased", "[answer]") {
  World world;
  CHECK(find(world, "ghcr.io") == "-");
  CHECK(list(world).empty());
  CHECK(erase(world, "ghcr.io"));
  CHECK_FALSE(std::filesystem::exists(world.folder / ".local"));  // asking leaves nothing behind

  REQUIRE(save(world, "ghcr.io", "me", "one"));
  REQUIRE(save(world, "quay.io", "you", ""));
  REQUIRE(save(world, "ghcr.io", "me", "two"));
  CHECK(find(world, "ghcr.io") == "me two");
  CHECK(find(world, "quay.io") == "you ");
  CHECK(list(world) == std::map<std::string, std::string>{{"ghcr.io", "me"}, {"quay.io", "you"}});

  REQUIRE(erase(world, "ghcr.io"));
  REQUIRE(erase(world, "ghcr.io"));
  CHECK(find(world, "ghcr.io") == "-");
  CHECK(find(world, "quay.io") == "you ");
}

TEST_CASE("the document is sealed and everything is the user's alone", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "s3cret-text"));
  CHECK(mode_of(world.state("")) == 0700);
  CHECK(mode_of(world.state("key")) == 0600);
  CHECK(mode_of(world.state("logins")) == 0600);
  const std::string bytes = test::slurp(world.state("logins"));
  CHECK(bytes.find("s3cret-text") == std::string::npos);
  CHECK(bytes.find("ghcr.io") == std::string::npos);
}

TEST_CASE("when the last login goes the document goes and the key stays", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  const std::string key = test::slurp(world.state("key"));
  REQUIRE(erase(world, "ghcr.io"));
  CHECK_FALSE(std::filesystem::exists(world.state("logins")));
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  CHECK(test::slurp(world.state("key")) == key);
}

TEST_CASE("a login is found and erased under any spelling of its registry", "[answer]") {
  World world;
  REQUIRE(save(world, "GHCR.io", "me", "one"));
  for (const char* spelling : {"ghcr.io", "https://ghcr.io", "http://ghcr.io/v2/", "ghcr.io:443"})
    CHECK(find(world, spelling) == "me one");
  CHECK(find(world, "ghcr.io:8443") == "-");
  CHECK(find(world, "ghcr.io/team/app") == "-");

  REQUIRE(save(world, "https://ghcr.io", "me", "two"));
  CHECK(find(world, "https://ghcr.io") == "me two");  // the exact text comes first
  CHECK(find(world, "GHCR.io") == "me one");
  REQUIRE(erase(world, "ghcr.io"));
  CHECK(list(world).empty());
}

TEST_CASE("Docker's tokens for the Hub stay apart from the Hub's login", "[answer]") {
  World world;
  REQUIRE(save(world, "https://index.docker.io/v1/", "me", "login"));
  REQUIRE(save(world, "https://index.docker.io/v1/access-token", "me", "access"));
  REQUIRE(save(world, "https://index.docker.io/v1/refresh-token", "me", "refresh"));
  CHECK(find(world, "docker.io") == "me login");
  CHECK(find(world, "https://index.docker.io/v1/access-token") == "me access");
  CHECK(find(world, "https://index.docker.io/v1/refresh-token") == "me refresh");
  REQUIRE(erase(world, "docker.io"));
  CHECK(find(world, "https://index.docker.io/v1/access-token") == "me access");
  CHECK(list(world).size() == 2);
}

TEST_CASE("keys that are no registry are kept as they are", "[answer]") {
  World world;
  REQUIRE(save(world, "pycreds test!", "me", "one"));
  CHECK(find(world, "pycreds test!") == "me one");
  CHECK(find(world, "pycreds test") == "-");
}

TEST_CASE("without HOME there are none, and saving says so", "[answer]") {
  World world;
  world.variables.clear();
  CHECK(find(world, "ghcr.io") == "-");
  CHECK(list(world).empty());
  CHECK(erase(world, "ghcr.io"));
  const auto saved = save(world, "ghcr.io", "me", "one");
  REQUIRE_FALSE(saved);
  CHECK(saved.error().line() == "save the login of 'ghcr.io': there is no HOME: set it to a folder of yours");
}

TEST_CASE("an error shows of a key neither its password nor more than its beginning", "[answer]") {
  World world;
  world.variables.clear();
  const std::string why = ": there is no HOME: set it to a folder of yours";
  CHECK(save(world, "https://me:pass@ghcr.io/x@y", "me", "one").error().line() ==
        "save the login of 'ghcr.io/x@y'" + why);
  CHECK(save(world, std::string(99, 'k') + "\xc3\xa9!", "me", "one").error().line() ==
        "save the login of '" + std::string(99, 'k') + "...'" + why);
}

TEST_CASE("XDG_STATE_HOME moves them", "[answer]") {
  World world;
  const bool below_home = GENERATE(true, false);
  test::TemporaryFolder elsewhere;
  const std::string state = below_home ? world.folder / "deep/er/state" : elsewhere / "";
  world.variables["XDG_STATE_HOME"] = state;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  CHECK(std::filesystem::exists(state + "/scoped/logins"));
  CHECK(find(world, "ghcr.io") == "me one");
}

TEST_CASE("a path that leaves its folders is not followed", "[answer]") {
  World world;
  test::TemporaryFolder target;
  SECTION("a relative state folder") { world.variables["XDG_STATE_HOME"] = "state"; }
  SECTION("a part '..'") { world.variables["XDG_STATE_HOME"] = world.folder / "a/../b"; }
  SECTION("a symbolic link below HOME") {
    std::filesystem::create_directory_symlink(target.path(), world.folder / ".local");
  }
  SECTION("a symbolic link in place of our own folder") {
    std::filesystem::create_directories(world.folder / ".local/state");
    std::filesystem::create_directory_symlink(target.path(), world.folder / ".local/state/scoped");
  }
  SECTION("a file in place of a folder") { test::spill(world.folder / ".local", "x"); }
  CHECK(find(world, "ghcr.io") == "-");
  CHECK_FALSE(save(world, "ghcr.io", "me", "one"));
  CHECK(std::filesystem::is_empty(target.path()));
}

TEST_CASE("folders of somebody else are not used", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  // As for `sudo -E`, which keeps HOME: the same folder, another uid.
  const FixedEnvironment other(world.variables, geteuid() + 1, getegid());
  SavedLogins logins(other, world.random);
  CHECK_FALSE(logins.find("ghcr.io").value().has_value());
  CHECK(logins.list().value().empty());
  const auto saved = logins.save("ghcr.io", "root", Secret("x"));
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::denied);
  CHECK(find(world, "ghcr.io") == "me one");
}

TEST_CASE("damage is reported, and what is damaged stays as it is", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  std::string bytes = test::slurp(world.state("logins"));
  SECTION("a flipped bit") { bytes[bytes.size() / 2] ^= 4; }
  SECTION("cut") { bytes.resize(bytes.size() - 1); }
  SECTION("empty") { bytes.clear(); }
  test::spill(world.state("logins"), bytes);
  CHECK(find(world, "ghcr.io").find("are damaged, or sealed under another key") != std::string::npos);
  CHECK_FALSE(save(world, "quay.io", "me", "two"));
  CHECK_FALSE(erase(world, "ghcr.io"));
  CHECK(test::slurp(world.state("logins")) == bytes);
}

TEST_CASE("a lost, foreign or open key is an error and never replaced", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  SECTION("lost") { std::filesystem::remove(world.state("key")); }
  SECTION("foreign") { test::spill(world.state("key"), std::string(64, 'a') + "\n"); }
  SECTION("no key at all") { test::spill(world.state("key"), "hello"); }
  SECTION("readable for others") { chmod(world.state("key").c_str(), 0644); }
  const auto key = std::filesystem::exists(world.state("key")) ? test::slurp(world.state("key")) : "";
  CHECK(find(world, "ghcr.io").starts_with("saved logins '" + world.state("logins") + "'"));
  CHECK_FALSE(save(world, "quay.io", "me", "two"));
  CHECK((std::filesystem::exists(world.state("key")) ? test::slurp(world.state("key")) : "") == key);
}

TEST_CASE("a file of somebody else in our folder is not read", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  if (chown(world.state("logins").c_str(), geteuid() + 1, static_cast<gid_t>(-1)) != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  CHECK(find(world, "ghcr.io").find("belongs to uid " + std::to_string(geteuid() + 1)) != std::string::npos);
}

TEST_CASE("a temporary file of a writer that died is no obstacle", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  test::spill(world.state("logins.new"), "half");
  REQUIRE(save(world, "quay.io", "me", "two"));
  CHECK(list(world).size() == 2);
  CHECK_FALSE(std::filesystem::exists(world.state("logins.new")));
}

TEST_CASE("many processes at once lose no login", "[answer]") {
  World world;
  constexpr int kProcesses = 16;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const bool saved = save(world, "host" + std::to_string(i) + ".io", "me", std::to_string(i)).has_value();
      _exit(saved ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(list(world).size() == kProcesses);
  CHECK(find(world, "host7.io") == "me 7");
}

TEST_CASE("readers do not wait for a writer", "[answer]") {
  World world;
  REQUIRE(save(world, "ghcr.io", "me", "one"));
  const FixedEnvironment environment = world.environment();
  const auto folder = PrivateFolder::open(environment, PrivateFolder::Missing::leave);
  REQUIRE(folder);
  const auto held = folder->lock("logins.lock");
  REQUIRE(held);
  CHECK(find(world, "ghcr.io") == "me one");
  CHECK(list(world).size() == 1);
}

}  // namespace
}  // namespace scoped::answer
