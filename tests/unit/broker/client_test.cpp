// Not tested here: the path checks (trust_test), and the 2 s and 1 s of patience, which no test waits for:
// the deadlines given here are shorter.
#include "common/broker/client.h"

#include "tests/support/broker_server.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <atomic>
#include <thread>

namespace scoped::broker {
namespace {

using std::chrono::milliseconds;
using test::BrokerServer;
using test::Connection;

constexpr uid_t kStranger = 12'345;
constexpr milliseconds kLong{10'000};
constexpr milliseconds kShort{50};

Request request_for(const std::string& verb) {
  Request request;
  request.verb = verb;
  request.profile = "ci";
  request.input = Secret("myregistry.azurecr.io");
  return request;
}

Asked ask_within(milliseconds patience, const Socket& socket, const std::string& verb = "get") {
  return ask(socket, request_for(verb), std::chrono::steady_clock::now() + patience);
}

BrokerServer::Turn answer(const std::string& text) {
  return [text](const Connection& connection) {
    connection.read_request();
    connection.reply(Said::answer, text);
  };
}

BrokerServer::Turn send_bytes(const std::string& bytes) {
  return [bytes](const Connection& connection) {
    connection.read_request();
    connection.send(bytes);
    connection.wait_for_end();
  };
}

void hang_up(const Connection& connection) { connection.read_request(); }
void keep_silent(const Connection& connection) { connection.wait_for_end(); }

struct Scene {
  test::TemporaryFolder folder;
  Socket user{folder / "agent.sock", Level::user, Origin::runtime_folder};
};

TEST_CASE("an agent's answer comes back as it was sent", "[broker]") {
  const Scene scene;
  std::optional<Request> heard;
  {
    const BrokerServer server(scene.user.path, {[&](const Connection& connection) {
                                heard = connection.read_request();
                                connection.reply(Said::answer, "denied\n", 1, true);
                              }});
    const Asked asked = ask_within(kLong, scene.user);
    CHECK(asked.outcome == Outcome::answered);
    CHECK(asked.reply.said == Said::answer);
    CHECK(asked.reply.exit_code == 1);
    CHECK(asked.reply.also_stderr);
    CHECK(asked.reply.text.reveal() == "denied\n");
  }
  REQUIRE(heard);
  CHECK(heard->verb == "get");
  CHECK(heard->profile == "ci");
  CHECK(heard->input.reveal() == "myregistry.azurecr.io");
}

TEST_CASE("NOT_MINE is an answer", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {[](const Connection& connection) {
                              connection.read_request();
                              connection.reply(Said::not_mine);
                            }});
  const Asked asked = ask_within(kLong, scene.user);
  CHECK(asked.outcome == Outcome::answered);
  CHECK(asked.reply.said == Said::not_mine);
}

TEST_CASE("WAIT is not the last word", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {[](const Connection& connection) {
                              connection.read_request();
                              for (int i = 0; i < 3; ++i) connection.reply(Said::wait);
                              connection.reply(Said::answer, "at last\n");
                            }});
  CHECK(ask_within(kLong, scene.user).reply.text.reveal() == "at last\n");
}

TEST_CASE("an end of file without an answer is worth one more try", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {hang_up, answer("second\n")});
  CHECK(ask_within(kLong, scene.user).reply.text.reveal() == "second\n");
  CHECK(server.connections() == 2);
}

TEST_CASE("an end of file in the middle of an answer is worth one more try", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {[](const Connection& connection) {
                                                connection.read_request();
                                                connection.send("SCR1");
                                              },
                                              answer("whole\n")});
  CHECK(ask_within(kLong, scene.user).reply.text.reveal() == "whole\n");
}

TEST_CASE("two ends of file are no answer", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {hang_up});
  CHECK(ask_within(kLong, scene.user).outcome == Outcome::no_answer);
  CHECK(server.connections() == 2);
}

TEST_CASE("an answer that is no frame of ours is no answer", "[broker]") {
  const Scene scene;
  const auto bytes = GENERATE(
      values<std::string>({"HTTP/1.1 400 Bad Request\r\n\r\n", std::string("SCR1\xff\xff\xff\xff", 8),
                           std::string("SCR1\1\0\0\0A", 9), std::string("SCR1\3\0\0\0?\0\0", 11)}));
  const BrokerServer server(scene.user.path, {send_bytes(bytes)});
  const Asked asked = ask_within(kLong, scene.user);
  CHECK(asked.outcome == Outcome::no_answer);
  CHECK(asked.reply.text.empty());
  CHECK(server.connections() == 1);
}

TEST_CASE("the longest answer is read whole", "[broker]") {
  const Scene scene;
  const std::string text(1 << 20, 'x');
  const BrokerServer server(scene.user.path, {answer(text)});
  CHECK(ask_within(kLong, scene.user).reply.text.size() == text.size());
}

TEST_CASE("nobody is waited for beyond the deadline", "[broker]") {
  const Scene scene;
  SECTION("an agent that keeps silent") {
    const BrokerServer server(scene.user.path, {keep_silent});
    CHECK(ask_within(kShort, scene.user).outcome == Outcome::no_answer);
  }
  SECTION("an agent that stops in the middle") {
    const BrokerServer server(scene.user.path, {send_bytes(std::string("SCR1\5\0\0\0A", 9))});
    CHECK(ask_within(kShort, scene.user).outcome == Outcome::no_answer);
  }
  SECTION("a deadline that has passed") {
    const BrokerServer server(scene.user.path, {keep_silent});
    CHECK(ask_within(milliseconds(-1), scene.user).outcome == Outcome::no_answer);
  }
}

TEST_CASE("an agent that says WAIT without a pause is left at the deadline", "[broker]") {
  const Scene scene;
  std::atomic<bool> left = false;
  const BrokerServer server(scene.user.path, {[&](const Connection& connection) {
                              connection.read_request();
                              while (!left) connection.reply(Said::wait);
                            }});
  const Asked asked = ask_within(kShort, scene.user);
  left = true;
  CHECK(asked.outcome == Outcome::no_answer);
}

TEST_CASE("an agent that does not take the request is left at the deadline", "[broker]") {
  const Scene scene;
  std::atomic<bool> left = false;
  const bool slowly = GENERATE(true, false);
  const BrokerServer server(scene.user.path, {[&](const Connection& connection) {
                              while (slowly && !left) connection.read_some(512);
                              while (!left) std::this_thread::yield();
                            }});
  Request request = request_for("get");
  request.input = Secret(std::string(1 << 20, 'x'));
  const Asked asked = ask(scene.user, request, std::chrono::steady_clock::now() + kShort);
  left = true;
  CHECK(asked.outcome == Outcome::no_answer);
}

TEST_CASE("a full backlog is no answer", "[broker]") {
  const Scene scene;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  scene.user.path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const Fd listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(listening.get(), generic, sizeof address) == 0);
  REQUIRE(listen(listening.get(), 0) == 0);
  const Fd waiting(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(connect(waiting.get(), generic, sizeof address) == 0);
  CHECK(ask_within(kShort, scene.user).outcome == Outcome::no_answer);
}

TEST_CASE("a socket that nobody listens on is absent", "[broker]") {
  const Scene scene;
  CHECK(ask_within(kLong, scene.user).outcome == Outcome::absent);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  scene.user.path.copy(address.sun_path, sizeof address.sun_path - 1);
  const Fd bound(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(ask_within(kLong, scene.user).outcome == Outcome::absent);
  CHECK(ask_within(kLong, {"/" + std::string(200, 'x'), Level::user, Origin::variable}).outcome ==
        Outcome::absent);
}

TEST_CASE("a socket in a folder that others may write is not connected to", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {answer("a trap\n")});
  chmod(scene.folder.path().c_str(), 0770);
  CHECK(ask_within(kLong, scene.user).outcome == Outcome::absent);
  chmod(scene.folder.path().c_str(), 0700);
  CHECK(server.connections() == 0);
}

TEST_CASE("a system socket is sent get, list and stale, nothing else", "[broker]") {
  const Scene scene;
  const BrokerServer server(scene.user.path, {answer("yes\n")});
  const Socket system{scene.user.path, Level::system, Origin::built_in};
  for (const char* verb : {"get", "list", "stale"})
    CHECK(ask_within(kLong, system, verb).outcome == Outcome::answered);
  for (const char* verb : {"store", "erase", ""})
    CHECK(ask_within(kLong, system, verb).outcome == Outcome::not_for_it);
  CHECK(server.connections() == 3);
}

TEST_CASE("a socket to which we are not admitted is forbidden", "[broker]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const Scene scene;
  const BrokerServer server(scene.user.path, {answer("not for you\n")});
  chmod(scene.folder.path().c_str(), 0755);
  Outcome outcome = Outcome::answered;
  std::thread([&] {  // as somebody else, in this thread alone
    if (syscall(SYS_setresuid, -1, kStranger, -1) != 0) abort();
    outcome = ask_within(kLong, {scene.user.path, Level::system, Origin::built_in}).outcome;
  })
      .join();
  CHECK(outcome == Outcome::forbidden);
  CHECK(server.connections() == 0);
}

TEST_CASE("who is at the other end decides how far it is trusted", "[broker]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const Scene scene;
  const BrokerServer server(scene.user.path, {answer("yes\n")}, kStranger);
  SECTION("a stranger does not serve a user's socket") {
    CHECK(ask_within(kLong, scene.user).outcome == Outcome::absent);
  }
  SECTION("nor behind $SCOPED_AGENT_SOCKET, where others could have made the socket") {
    const Socket given{scene.user.path, Level::user, Origin::variable};  // below /tmp
    CHECK(ask_within(kLong, given).outcome == Outcome::absent);
  }
  SECTION("in root's folders a stranger behind $SCOPED_AGENT_SOCKET is the system's agent") {
    const test::TemporaryFolder folder("/run");
    const Socket given{folder / "agent.sock", Level::user, Origin::variable};
    const BrokerServer system(given.path, {answer("yes\n")}, kStranger);
    CHECK(ask_within(kLong, given).outcome == Outcome::answered);
    CHECK(ask_within(kLong, given, "store").outcome == Outcome::not_for_it);
  }
}

std::vector<std::string> paths_for(std::map<std::string, std::string> values, uid_t uid = 1000) {
  std::vector<std::string> paths;
  for (const Socket& socket : find_sockets(FixedEnvironment(std::move(values), uid)))
    paths.push_back((socket.level == Level::user ? "user " : "system ") + socket.path);
  return paths;
}

TEST_CASE("the environment says which sockets are asked, and in which order", "[broker]") {
  using Paths = std::vector<std::string>;
  const std::string system = "system /run/scoped/host/agent.sock";
  CHECK(paths_for({{"XDG_RUNTIME_DIR", "/run/user/7"}}) ==
        Paths{"user /run/user/7/scoped/agent.sock", system});
  CHECK(paths_for({{"XDG_RUNTIME_DIR", "/run/user/7"}, {"SCOPED_CONFIG", "/c.json"}}).empty());
  CHECK(paths_for({{"SCOPED_AGENT_SOCKET", "/a.sock"}, {"SCOPED_CONFIG", "/c.json"}}) ==
        Paths{"user /a.sock"});
  CHECK(paths_for({{"SCOPED_AGENT_SOCKET", "/a.sock"}}) == Paths{"user /a.sock"});
  const Paths unset = paths_for({});
  REQUIRE(unset.size() == 2);
  CHECK(unset[0].starts_with("user /run/user/"));
  CHECK(unset[0].ends_with("/scoped/agent.sock"));
  CHECK(unset[1] == system);
}

}  // namespace
}  // namespace scoped::broker
