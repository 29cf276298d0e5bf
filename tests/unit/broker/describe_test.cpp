// Not tested here: the outcomes themselves (client_test.cpp, trust_test.cpp).
#include "common/broker/describe.h"

#include "tests/support/broker_server.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>

namespace scoped::broker {
namespace {

using std::chrono::milliseconds;
using test::BrokerServer;
using test::Connection;

constexpr uid_t kStranger = 12'345;

struct Scene {
  Scene() { mkdir(inner.c_str(), 0700); }

  std::string said(const std::string& verb = "get", Origin origin = Origin::runtime_folder,
                   Level level = Level::user) const {
    Request request;
    request.verb = verb;
    request.input = Secret("canary");
    const Socket socket{path, level, origin};
    return describe(socket, ask(socket, request, std::chrono::steady_clock::now() + milliseconds(200)),
                    geteuid());
  }
  std::string about(const std::string& text) const { return "user socket '" + path + "': " + text; }

  test::TemporaryFolder folder;
  const std::string inner = folder / "scoped";
  const std::string path = inner + "/agent.sock";
};

BrokerServer::Turn answer(const std::string& text, int exit_code) {
  return [=](const Connection& connection) {
    connection.read_request();
    connection.reply(Said::answer, text, exit_code);
  };
}

TEST_CASE("what was said is described without its content", "[broker]") {
  const Scene scene;
  {
    const BrokerServer server(scene.path, {answer("canary\n", 1)});
    CHECK(scene.said() == scene.about("it answered with exit code 1 and 7 bytes (path trusted)"));
  }
  {
    const BrokerServer server(scene.path, {[](const Connection& connection) {
                                connection.read_request();
                                connection.reply(Said::not_mine);
                              }});
    CHECK(scene.said() == scene.about("it said NOT_MINE (path trusted)"));
    CHECK(scene.said("store", Origin::built_in, Level::system) ==
          "system socket '" + scene.path + "': not asked: it gets get, list and stale, nothing else");
  }
  const BrokerServer silent(scene.path, {[](const Connection& connection) { connection.wait_for_end(); }});
  CHECK(scene.said() == scene.about("its path is trusted, and it did not answer in time"));
}

TEST_CASE("a path that is not there names its first missing part", "[broker]") {
  const Scene scene;
  CHECK(scene.said() == scene.about("'" + scene.path + "' is not there"));
  rmdir(scene.inner.c_str());
  CHECK(scene.said() == scene.about("'" + scene.inner + "' is not there"));
  test::spill(scene.inner, "");
  CHECK(scene.said() == scene.about("'" + scene.inner + "' is no folder"));
  unlink(scene.inner.c_str());
  REQUIRE(symlink("/tmp", scene.inner.c_str()) == 0);
  const std::string linked = scene.said();
  CHECK((linked == scene.about("'" + scene.inner + "' is a symbolic link") ||
         linked == scene.about("'" + scene.inner + "' is no folder")));
  unlink(scene.inner.c_str());
}

TEST_CASE("something else than a socket is named as such", "[broker]") {
  const Scene scene;
  test::spill(scene.path, "");
  CHECK(scene.said() == scene.about("'" + scene.path + "' is no socket"));
  unlink(scene.path.c_str());
  mkdir(scene.path.c_str(), 0755);
  CHECK(scene.said() == scene.about("folder '" + scene.path + "' is no socket"));
}

TEST_CASE("a refusal names the folder, its owner and its mode", "[broker]") {
  const Scene scene;
  chmod(scene.inner.c_str(), 0775);
  const std::string self = std::to_string(geteuid());
  CHECK(scene.said() == scene.about("refused: folder '" + scene.inner + "' of uid " + self +
                                    " may be written by others (mode 0775)"));
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  chmod(scene.inner.c_str(), 0755);
  REQUIRE(chown(scene.inner.c_str(), kStranger, 0) == 0);
  CHECK(scene.said() ==
        scene.about("refused: folder '" + scene.inner +
                    "' belongs to uid 12345 (mode 0755), and only root and uid 0 are trusted"));
}

TEST_CASE("a socket without a listener and a foreign listener are told apart", "[broker]") {
  const Scene scene;
  const Fd unused(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  scene.path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(unused.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(scene.said() == scene.about("its path is trusted, and nobody listens on it"));
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const BrokerServer foreign(scene.path, {answer("x\n", 0)}, kStranger);
  CHECK(scene.said() == scene.about("refused: its listener is uid 12345, which is not trusted there"));
}

TEST_CASE("a path that is not absolute or too long is said to be so", "[broker]") {
  const Socket relative{"agent.sock", Level::user, Origin::variable};
  CHECK(describe(relative, {}, 0) == "$SCOPED_AGENT_SOCKET 'agent.sock': it is no absolute path");
  Asked forbidden;
  forbidden.outcome = Outcome::forbidden;
  forbidden.trail = {Trust::forbidden, {6, EACCES, 0, 0}, 0, {}};
  CHECK(describe({"/run/x/agent.sock", Level::system, Origin::built_in}, forbidden, 1000) ==
        "system socket '/run/x/agent.sock': '/run/x' may not be reached (no permission)");
}

}  // namespace
}  // namespace scoped::broker
