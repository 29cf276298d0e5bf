// Not tested here: what is asked and answered (agent/loop), and slow clients (a deadline of seconds).
#include "agent/serve/listeners.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/serve/raw_client.h"

#include <boost/asio/io_context.hpp>

#include <sys/stat.h>
#include <sys/syscall.h>

#include <thread>

namespace scoped::serve {
namespace {

using test::RawClient;

struct World {
  test::TemporaryFolder folder;
  std::string path = folder / "control.sock";
  boost::asio::io_context io{1};
  std::vector<std::string> requests;
  std::vector<std::function<void(std::string)>> replies;
  std::unique_ptr<ControlListener> listener;

  explicit World(uid_t owner = geteuid(), mode_t mode = 0600)
      : listener(std::make_unique<ControlListener>(
            io, std::move(*bind_socket(path, mode)), owner,
            [this](std::string request, std::function<void(std::string)> reply) {
              requests.push_back(std::move(request));
              replies.push_back(std::move(reply));
            })) {}
  bool until(const std::function<bool()>& happened) { return test::run_until(io, happened); }
};

TEST_CASE("a request ends at a newline or when its sender closes that side", "[serve]") {
  World world;
  RawClient client(world.path);
  SECTION("newline") { REQUIRE(client.send("{\"ask\":\"status\"}\nmore")); }
  SECTION("half-closed") {
    REQUIRE(client.send("{\"ask\":\"status\"}"));
    client.half_close();
  }
  REQUIRE(world.until([&] { return !world.replies.empty(); }));
  CHECK(world.requests == std::vector<std::string>{"{\"ask\":\"status\"}"});
  CHECK(client.received().empty());

  world.replies[0]("{}");
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received() == "{}\n");
}

TEST_CASE("a request may come in pieces and a reply may be long", "[serve]") {
  World world;
  RawClient client(world.path);
  for (const char* piece : {"{\"ask\":", "\"status\"", "}\n"}) {
    REQUIRE(client.send(piece));
    test::settle(world.io);
  }
  REQUIRE(world.until([&] { return !world.replies.empty(); }));
  const std::string text(3 << 20, 'x');
  world.replies[0](text);
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received() == text + "\n");
}

TEST_CASE("replies come in the order in which they are ready", "[serve]") {
  World world;
  RawClient slow(world.path), quick(world.path);
  REQUIRE(slow.send("rotate\n"));
  REQUIRE(world.until([&] { return world.replies.size() == 1; }));
  REQUIRE(quick.send("status\n"));
  REQUIRE(world.until([&] { return world.replies.size() == 2; }));
  world.replies[1]("second");
  REQUIRE(world.until([&] { return quick.is_closed(); }));
  CHECK(quick.received() == "second\n");
  world.replies[0]("first");
  REQUIRE(world.until([&] { return slow.is_closed(); }));
  CHECK(slow.received() == "first\n");
}

TEST_CASE("nothing and too much are closed without a word", "[serve]") {
  World world;
  RawClient client(world.path);
  SECTION("nothing") { client.half_close(); }
  SECTION("too much") { client.send(std::string(70'000, 'x')); }
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received().empty());
  CHECK(world.requests.empty());
}

TEST_CASE("a reply to a client that is gone is dropped", "[serve]") {
  World world;
  {
    RawClient client(world.path);
    REQUIRE(client.send("rotate\n"));
    REQUIRE(world.until([&] { return !world.replies.empty(); }));
  }
  test::settle(world.io);
  world.replies[0]("late");
  test::settle(world.io);
  world.listener.reset();
  world.replies[0]("later");
  CHECK(world.requests.size() == 1);
}

TEST_CASE("the end of the listener ends its clients", "[serve]") {
  World world;
  RawClient client(world.path);
  REQUIRE(client.send("rotate\n"));
  REQUIRE(world.until([&] { return !world.replies.empty(); }));
  world.listener->stop();
  CHECK_FALSE(RawClient(world.path).is_connected());
  world.listener.reset();
  CHECK(client.is_closed());
  world.replies[0]("late");
}

TEST_CASE("somebody else is closed without an answer", "[serve]") {
  const uid_t self = geteuid();
  World world(self == 0 ? 1 : self + 1, 0666);
  REQUIRE(chmod(world.folder.path().c_str(), 0755) == 0);
  std::unique_ptr<RawClient> client;
  std::thread([&] {
    if (self == 0) syscall(SYS_setresuid, 65534, 65534, 65534);  // of this thread alone
    client = std::make_unique<RawClient>(world.path);
  }).join();
  REQUIRE(client->is_connected());
  client->send("status\n");
  REQUIRE(world.until([&] { return client->is_closed(); }));
  CHECK(client->received().empty());
  CHECK(world.requests.empty());
}

}  // namespace
}  // namespace scoped::serve
