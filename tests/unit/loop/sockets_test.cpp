// Not tested here: that a real service manager hands them over (tests/packages).
#include "agent/loop/sockets.h"

#include "agent/serve/listeners.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace scoped;
using loop::ActivatedSockets;
using loop::BoundSocket;
using loop::SocketPlan;
using loop::Sockets;

namespace {

SocketPlan plan_at(const std::string& path, bool one_token = false) {
  SocketPlan plan;
  plan.listener = "here";
  plan.path = path;
  if (one_token) plan.only = record::RecordName{"reg.azurecr.io", "t"};
  return plan;
}

bool answers(const std::string& path) {
  const Fd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  return connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

ino_t inode_of(int fd) {
  struct stat info {};
  REQUIRE(fstat(fd, &info) == 0);
  return info.st_ino;
}

const loop::Log kLog(false);

}  // namespace

TEST_CASE("a socket that was handed over is taken and not bound again", "[loop]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/agent.sock";
  Fd handed = serve::bind_socket(path, 0600).value();
  const ino_t inode = inode_of(handed.get());
  std::vector<Fd> fds;
  fds.push_back(std::move(handed));
  Sockets sockets{ActivatedSockets(std::move(fds))};
  const auto opened = sockets.open({plan_at(path)}, kLog);
  REQUIRE(opened);
  CHECK(inode_of(opened->at(0).fd.get()) == inode);
}

TEST_CASE("what was handed over for another path stays where it is", "[loop]") {
  const test::TemporaryFolder folder;
  std::vector<Fd> fds;
  fds.push_back(serve::bind_socket(folder.path() + "/other.sock", 0600).value());
  ActivatedSockets activated(std::move(fds));
  CHECK_FALSE(activated.take(folder.path() + "/agent.sock"));
  CHECK(activated.take(folder.path() + "/other.sock"));
  CHECK_FALSE(activated.take(folder.path() + "/other.sock"));
}

TEST_CASE("a file that is no listening socket is not taken for one", "[loop]") {
  std::vector<Fd> fds;
  fds.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ActivatedSockets activated(std::move(fds));
  CHECK_FALSE(activated.take("/dev/null"));
}

TEST_CASE("a reload keeps the sockets that are still wanted and closes the others", "[loop]") {
  const test::TemporaryFolder folder;
  const std::string kept = folder.path() + "/kept.sock", dropped = folder.path() + "/dropped.sock";
  Sockets sockets{ActivatedSockets()};
  ino_t before = 0;
  {
    const auto first = sockets.open({plan_at(kept), plan_at(dropped)}, kLog);
    REQUIRE(first);
    before = inode_of(first->at(0).fd.get());
  }
  CHECK(answers(kept));  // between two runs clients wait in the backlog
  const auto second = sockets.open({plan_at(kept)}, kLog);
  REQUIRE(second);
  CHECK(inode_of(second->at(0).fd.get()) == before);
  CHECK_FALSE(answers(dropped));
}

TEST_CASE("one container's unusable place is left out, everybody's is an error", "[loop]") {
  const test::TemporaryFolder folder;
  const std::string long_path = folder.path() + "/" + std::string(200, 'x');
  Sockets sockets{ActivatedSockets()};
  const auto others = sockets.open({plan_at(long_path, true), plan_at(folder.path() + "/a.sock")}, kLog);
  REQUIRE(others);
  CHECK(others->size() == 1);
  CHECK_FALSE(sockets.open({plan_at(long_path)}, kLog));
}

TEST_CASE("the control socket is the same one after a reload", "[loop]") {
  const test::TemporaryFolder folder;
  Sockets sockets{ActivatedSockets()};
  const std::string path = folder.path() + "/control.sock";
  const Fd first = sockets.open_control(path, 0600).value();
  const Fd second = sockets.open_control(path, 0600).value();
  CHECK(inode_of(first.get()) == inode_of(second.get()));
  CHECK(first.get() != second.get());
}
