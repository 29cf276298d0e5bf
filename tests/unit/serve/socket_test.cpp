// Not tested here: sockets that systemd hands over.
#include "agent/serve/listeners.h"
#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/serve/raw_client.h"

#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace scoped::serve {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

TEST_CASE("a bound socket has exactly its mode and its new folder a fitting one", "[serve]") {
  test::TemporaryFolder folder;
  const Umask mask(GENERATE(mode_t{0}, mode_t{077}));
  const std::string path = folder / "run/agent.sock";
  SECTION("private") {
    REQUIRE(bind_socket(path, 0600));
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(folder / "run") == 0700);
  }
  SECTION("for a group") {
    REQUIRE(bind_socket(path, 0660));
    CHECK(mode_of(path) == 0660);
    CHECK(mode_of(folder / "run") == 0755);
  }
}

TEST_CASE("a folder that is there keeps its mode", "[serve]") {
  test::TemporaryFolder folder;
  REQUIRE(bind_socket(folder / "agent.sock", 0660));
  CHECK(mode_of(folder.path()) == 0700);
}

TEST_CASE("a bound socket takes connections", "[serve]") {
  test::TemporaryFolder folder;
  const auto fd = bind_socket(folder / "agent.sock", 0600);
  REQUIRE(fd);
  CHECK(test::RawClient(folder / "agent.sock").is_connected());
}

TEST_CASE("a socket on which nobody listens any more is replaced", "[serve]") {
  test::TemporaryFolder folder;
  { REQUIRE(bind_socket(folder / "agent.sock", 0600)); }
  const auto fd = bind_socket(folder / "agent.sock", 0600);
  REQUIRE(fd);
  CHECK(test::RawClient(folder / "agent.sock").is_connected());
}

TEST_CASE("a path in use is a conflict and stays as it is", "[serve]") {
  test::TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  SECTION("somebody listens") {
    const auto first = bind_socket(path, 0600);
    REQUIRE(first);
    const auto second = bind_socket(path, 0600);
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == ErrorCode::conflict);
    CHECK(second.error().line() == "another process listens on '" + path + "'");
    CHECK(test::RawClient(path).is_connected());
  }
  SECTION("a file") {
    test::spill(path, "precious");
    CHECK(bind_socket(path, 0600).error().code() == ErrorCode::conflict);
    CHECK(test::slurp(path) == "precious");
  }
  SECTION("a symbolic link") {
    std::filesystem::create_symlink(folder / "elsewhere", path);
    CHECK(bind_socket(path, 0600).error().code() == ErrorCode::conflict);
  }
}

TEST_CASE("what a container put in the way of its own socket is removed and not followed", "[serve]") {
  test::TemporaryFolder folder;
  const std::string path = folder / "agent.sock";
  test::spill(folder / "elsewhere", "precious");
  chmod((folder / "elsewhere").c_str(), 0600);
  std::optional<Result<Fd>> other;
  SECTION("nothing") {}
  SECTION("a file") { test::spill(path, "in the way"); }
  SECTION("a symbolic link") { std::filesystem::create_symlink(folder / "elsewhere", path); }
  SECTION("a socket on which it listens") { other = bind_socket(path, 0600); }
  const auto fd = bind_socket(path, 0666, InTheWay::remove);
  REQUIRE(fd);
  CHECK(mode_of(path) == 0666);
  CHECK(test::RawClient(path).is_connected());
  CHECK(mode_of(folder / "elsewhere") == 0600);
  CHECK(test::slurp(folder / "elsewhere") == "precious");
}

TEST_CASE("a folder in the way of a socket is an error", "[serve]") {
  test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "agent.sock/deep");
  CHECK_FALSE(bind_socket(folder / "agent.sock", 0666, InTheWay::remove));
  CHECK(std::filesystem::exists(folder / "agent.sock/deep"));
}

TEST_CASE("a folder of our own has exactly its mode, whoever made it before us", "[serve]") {
  test::TemporaryFolder folder;
  const Umask mask(GENERATE(mode_t{0}, mode_t{077}));
  const std::string path = folder / "containers";
  if (GENERATE(true, false)) REQUIRE(mkdir(path.c_str(), 0777) == 0);
  REQUIRE(make_own_folder(path, 0700));
  CHECK(mode_of(path) == 0700);
  REQUIRE(make_own_folder(path + "/ci", 0755));
  CHECK(mode_of(path + "/ci") == 0755);
}

TEST_CASE("a folder that is somebody else's or a link is refused", "[serve]") {
  test::TemporaryFolder folder;
  const std::string path = folder / "containers";
  SECTION("a link to a folder") { std::filesystem::create_directory_symlink(folder.path(), path); }
  SECTION("somebody else's") {
    if (geteuid() != 0) {
      WARN("SKIPPED: needs root");
      return;
    }
    mkdir(path.c_str(), 0755);
    REQUIRE(chown(path.c_str(), 4'242, 0) == 0);
  }
  const auto made = make_own_folder(path, 0700);
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == ErrorCode::denied);
  CHECK(made.error().line().find("remove it") != std::string::npos);
}

TEST_CASE("a path that is too long is refused with its limit", "[serve]") {
  test::TemporaryFolder folder;
  const auto fd = bind_socket(folder / std::string(120, 'x'), 0600);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().code() == ErrorCode::invalid_input);
  CHECK(fd.error().line().find("longer than 107 bytes") != std::string::npos);
}

TEST_CASE("a peer is known by uid, primary gid and its other groups", "[serve]") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd mine(ends[0]), other(ends[1]);
  const auto peer = read_peer(mine.get());
  REQUIRE(peer);
  CHECK(peer->uid == geteuid());
  CHECK(peer->gids.front() == getegid());
  std::vector<gid_t> groups(static_cast<size_t>(getgroups(0, nullptr)));
  REQUIRE(getgroups(static_cast<int>(groups.size()), groups.data()) == static_cast<int>(groups.size()));
  for (const gid_t group : groups)
    CHECK(std::find(peer->gids.begin(), peer->gids.end(), group) != peer->gids.end());
}

TEST_CASE("what is no unix socket has no peer", "[serve]") {
  const Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK_FALSE(read_peer(file.get()));
}

}  // namespace
}  // namespace scoped::serve
