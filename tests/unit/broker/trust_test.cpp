// Not tested here: a mapped user namespace, which needs one; its uid maps are, as texts.
#include "common/broker/trust.h"

#include "common/base/handle.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace scoped::broker {
namespace {

constexpr uid_t kStranger = 12'345;

// folder/scoped/agent.sock, as the user's agent makes it.
class Scene {
 public:
  explicit Scene(const std::string& parent = std::filesystem::temp_directory_path()) : folder(parent) {
    mkdir(inner().c_str(), 0700);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  std::string inner() const { return folder / "scoped"; }
  std::string path() const { return folder / "scoped/agent.sock"; }

  test::TemporaryFolder folder;
};

bool is_believed(Trust trust) { return trust == Trust::ours || trust == Trust::roots; }

TEST_CASE("a socket in folders of our own is believed", "[broker]") {
  const Scene scene;
  CHECK(is_believed(check_path(scene.path(), geteuid())));
  CHECK(is_believed(check_path(scene.folder.path() + "//scoped//agent.sock", geteuid())));
}

TEST_CASE("a folder that its group or others may write is not believed", "[broker]") {
  const Scene scene;
  const mode_t mode = GENERATE(as<mode_t>(), 0770, 0777, 0707, 0720, 0702);
  CAPTURE(mode);
  chmod(scene.inner().c_str(), mode);
  CHECK(check_path(scene.path(), geteuid()) == Trust::foreign);
}

TEST_CASE("a sticky folder of root's is believed but never root's alone, anybody else's is not", "[broker]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const Scene scene("/run");
  CHECK(check_path(scene.path(), 0) == Trust::roots);
  chmod(scene.inner().c_str(), 01777);
  CHECK(check_path(scene.path(), 0) == Trust::ours);
  REQUIRE(chown(scene.inner().c_str(), kStranger, 0) == 0);
  chmod(scene.inner().c_str(), 01777);
  CHECK(check_path(scene.path(), kStranger) == Trust::foreign);
}

TEST_CASE("a symbolic link anywhere in the path makes it absent", "[broker]") {
  const Scene scene;
  REQUIRE(symlink(scene.inner().c_str(), (scene.folder / "link").c_str()) == 0);
  REQUIRE(symlink(scene.path().c_str(), (scene.folder / "agent.sock").c_str()) == 0);
  CHECK(check_path(scene.folder / "link/agent.sock", geteuid()) == Trust::absent);
  CHECK(check_path(scene.folder / "agent.sock", geteuid()) == Trust::absent);
}

TEST_CASE("what is not an absolute path to a socket is absent", "[broker]") {
  const Scene scene;
  test::spill(scene.folder / "file", "");
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("agent.sock"), scene.folder / "none/agent.sock",
        scene.folder / "scoped/none", scene.folder / "file", scene.folder / "file/agent.sock", scene.inner(),
        scene.folder / "scoped/../scoped/agent.sock"}) {
    CAPTURE(path);
    CHECK(check_path(path, geteuid()) == Trust::absent);
  }
}

TEST_CASE("a folder or a socket of somebody else is not believed", "[broker]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const Scene scene("/run");
  SECTION("a folder") {
    REQUIRE(chown(scene.inner().c_str(), kStranger, 0) == 0);
    CHECK(check_path(scene.path(), 0) == Trust::foreign);
    CHECK(check_path(scene.path(), kStranger) == Trust::ours);
    CHECK(check_path(scene.path(), 0, kStranger) == Trust::roots);
  }
  SECTION("the socket itself") {
    REQUIRE(chown(scene.path().c_str(), kStranger, 0) == 0);
    CHECK(check_path(scene.path(), 0) == Trust::foreign);
    CHECK(check_path(scene.path(), kStranger) == Trust::ours);
  }
}

TEST_CASE("the outer uid is found in whichever line of the map covers it", "[broker]") {
  struct Row {
    std::string map;
    uid_t inner;
    std::optional<uid_t> outer;
  };
  const std::string rootless = "         0       1000          1\n         1     100000      65536\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"         0          0 4294967295\n", 1000, 1000},
      {rootless, 0, 1000},
      {rootless, 1, 100'000},
      {rootless, 65'536, 165'535},
      {rootless, 65'537, std::nullopt},
      {"", 0, std::nullopt},
      {"0 x 1\n", 0, std::nullopt},
      {"0 1000\n", 0, std::nullopt},
  }));
  CAPTURE(row.map, row.inner);
  CHECK(outer_uid(row.map, row.inner) == row.outer);
}

TEST_CASE("only the map of every uid to itself is the identity", "[broker]") {
  CHECK(is_identity("         0          0 4294967295\n"));
  CHECK_FALSE(is_identity("0 0 65536\n"));
  CHECK_FALSE(is_identity("0 1000 1\n"));
  CHECK_FALSE(is_identity(""));
}

}  // namespace
}  // namespace scoped::broker
