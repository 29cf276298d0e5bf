// Sockets, the HTTP server on them, and child processes. Not tested here: nginx and Distribution.
#include "tests/emulator/listener.h"

#include "tests/emulator/processes.h"
#include "tests/emulator/sockets.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/emulator/world.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

const RealClock kClock;

Fd connect_to(int port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// Everything that comes until the other side closes.
std::string exchange(int port, std::string_view request) {
  const Fd fd = connect_to(port);
  REQUIRE(write(fd.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(fd.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

// Certificates for today, which the ones of the fake clock are not.
struct Files {
  scoped::test::TemporaryFolder folder;
  TlsFiles tls{folder / "server.crt", folder / "server.key"};
  std::string authority = folder / "ca.crt";

  Files() {
    const Keys today = make_keys("registry.example", kClock.now()).value();
    scoped::test::spill(tls.certificate, today.signer.certificate().pem);
    scoped::test::spill(tls.key, std::string(today.signer.key_pem().reveal()));
    scoped::test::spill(authority, today.authority.pem);
  }
};

Service service(std::function<Answer(const Request&)> answer) {
  return {std::move(answer), &kClock, 4, {503, "", {}, "", false}};
}

// Waits for the next child that ends.
std::string next_end(Children& children) {
  for (int i = 0; i < 5000; ++i) {
    std::string text = children.ended();
    if (!text.empty()) return text;
    poll(nullptr, 0, 1);
  }
  return "nothing ended";
}

}  // namespace

TEST_CASE("an answer arrives whole, with a Date", "[emulator]") {
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  Request seen;
  const auto listener = Listener::start(std::move(door), std::nullopt, service([&](const Request& request) {
                                          seen = request;
                                          return Answer{207, "text", {{"X-Own", "1"}}, "text/plain", false};
                                        }));
  REQUIRE(listener);
  const std::string text = exchange(port,
                                    "PATCH /a%2Fb?c=%20 HTTP/1.1\r\nHost: x\r\nX-Given: 2\r\nContent-Length: "
                                    "4\r\nConnection: close\r\n\r\nbody");
  CHECK_THAT(text, Contains("HTTP/1.1 207 ") && Contains("X-Own: 1\r\n") && Contains("Date: "));
  CHECK_THAT(text, Catch::Matchers::EndsWith("\r\n\r\ntext"));
  CHECK(seen.method == "PATCH");
  CHECK(seen.target == "/a%2Fb?c=%20");
  CHECK(seen.body == "body");
  CHECK(*find_field(seen.headers, "x-given") == "2");
}

TEST_CASE("a target that cannot be read is a bad request", "[emulator]") {
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  const auto listener =
      Listener::start(std::move(door), std::nullopt, service([](const Request&) { return Answer{}; }));
  REQUIRE(listener);
  CHECK_THAT(exchange(port, "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Contains(" 400 "));
}

TEST_CASE("TLS is served for the host and localhost, and an answer may be a closed connection",
          "[emulator]") {
  const Files files;
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  const auto listener = Listener::start(std::move(door), files.tls, service([](const Request& request) {
                                          Answer answer;
                                          answer.status = 401;
                                          answer.closes = request.target == "/close";
                                          return answer;
                                        }));
  REQUIRE(listener);
  CHECK(probe("registry.example", port, "/v2/", files.authority) == 401);
  CHECK(probe("localhost", port, "/v2/", files.authority) == 401);
  CHECK(probe("other.example", port, "/v2/", files.authority) == 0);
  CHECK(probe("localhost", port, "/v2/", files.tls.certificate) == 0);
  CHECK(probe("localhost", port, "/close", files.authority) == 0);
}

TEST_CASE("a listener that closes instead of answering sends what the front door understands", "[emulator]") {
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  const auto listener = Listener::start(std::move(door), std::nullopt, service([](const Request&) {
                                          Answer answer;
                                          answer.closes = true;
                                          return answer;
                                        }));
  REQUIRE(listener);
  CHECK_THAT(exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Contains(" 503 "));
}

TEST_CASE("a body may stall in the middle, or end there", "[emulator]") {
  for (const auto ending : {Answer::Ending::late, Answer::Ending::cut}) {
    Fd door = listen_on_loopback(0).value();
    const int port = port_of(door);
    const auto listener = Listener::start(std::move(door), std::nullopt, service([&](const Request&) {
                                            Answer answer;
                                            answer.body = "0123456789";
                                            answer.ending = ending;
                                            answer.pause = std::chrono::milliseconds(1);
                                            return answer;
                                          }));
    REQUIRE(listener);
    const std::string text = exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK_THAT(text, Contains("Content-Length: 10\r\n"));
    CHECK_THAT(text, Catch::Matchers::EndsWith(ending == Answer::Ending::cut ? "\r\n\r\n01234"
                                                                             : "\r\n\r\n0123456789"));
  }
}

TEST_CASE("a Date of the answer's own takes the place of the clock's", "[emulator]") {
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  const auto listener = Listener::start(std::move(door), std::nullopt, service([](const Request&) {
                                          Answer answer;
                                          answer.headers = {{"Date", "never"}};
                                          return answer;
                                        }));
  REQUIRE(listener);
  const std::string text = exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK_THAT(text, Contains("Date: never\r\n"));
  CHECK(text.find("Date: ") == text.rfind("Date: "));
}

TEST_CASE("idle connections do not hold up a request while there are threads", "[emulator]") {
  Fd door = listen_on_loopback(0).value();
  const int port = port_of(door);
  const auto listener =
      Listener::start(std::move(door), std::nullopt, service([](const Request&) { return Answer{}; }));
  REQUIRE(listener);
  const Fd idle[] = {connect_to(port), connect_to(port), connect_to(port)};
  CHECK_THAT(exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Contains(" 200 "));
}

TEST_CASE("an occupied port and a path that is too long are errors", "[emulator]") {
  const Fd door = listen_on_loopback(0).value();
  const auto again = listen_on_loopback(port_of(door));
  REQUIRE_FALSE(again);
  CHECK_THAT(again.error().line(), Contains("127.0.0.1:" + std::to_string(port_of(door))));
  const auto longer = listen_at_path("/tmp/" + std::string(120, 'x'));
  REQUIRE_FALSE(longer);
  CHECK_THAT(longer.error().line(), Contains("too long"));
}

TEST_CASE("a child gets its socket as descriptor 3 and its output goes to the log", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  const Fd door = listen_on_loopback(0).value();
  Children children;
  REQUIRE(
      children.start({"shell",
                      {"/bin/sh", "-c", "test -S /proc/self/fd/3 && test ! -e /proc/self/fd/4 && echo $WORD"},
                      {"WORD=hello", "PATH=/usr/bin:/bin"},
                      folder / "log",
                      door.get()}));
  CHECK(next_end(children) == "shell ended with exit code 0");
  CHECK(scoped::test::slurp(folder / "log") == "hello\n");
}

TEST_CASE("how a child ended is told, also when it could not be started", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  Children children;
  REQUIRE(children.start({"failing", {"/bin/sh", "-c", "exit 3"}, {}, folder / "log", -1}));
  CHECK(next_end(children) == "failing ended with exit code 3");
  REQUIRE(children.start({"absent", {folder / "nothing"}, {}, folder / "log", -1}));
  CHECK(next_end(children) == "absent ended with exit code 127");
  REQUIRE(children.start({"killed", {"/bin/sh", "-c", "kill -9 $$"}, {}, folder / "log", -1}));
  CHECK(next_end(children) == "killed ended with signal 9");
}

TEST_CASE("stopping ends the children and what they started", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  int ends[2];
  REQUIRE(pipe(ends) == 0);  // the grandchild holds the writing end until it ends
  const Fd reader(ends[0]);
  {
    Fd writer(ends[1]);
    Children children;
    REQUIRE(children.start({"family",
                            {"/bin/sh", "-c", "sleep 1000 & wait"},
                            {"PATH=/usr/bin:/bin"},
                            folder / "log",
                            writer.get()}));
    writer.reset();
    CHECK(children.ended().empty());
  }
  pollfd waiting{reader.get(), POLLIN, 0};
  REQUIRE(poll(&waiting, 1, 5000) == 1);
  char byte = 0;
  CHECK(read(reader.get(), &byte, 1) == 0);
}
