// Not tested here: what is answered (host_listener_test).
#include "agent/serve/quick.h"

#include "common/base/handle.h"
#include "tests/support/catch.h"

#include <sys/socket.h>

#include <string>

namespace scoped::serve {
namespace {

struct Pair {
  Fd ours, theirs;

  Pair() {
    int fds[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    ours = Fd(fds[0]);
    theirs = Fd(fds[1]);
  }
  void arrive(std::string_view bytes) {
    REQUIRE(send(theirs.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  size_t waiting() const {
    char bytes[4096];
    const ssize_t got = recv(ours.get(), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 ? 0 : static_cast<size_t>(got);
  }
};

Secret get_request(std::string_view key) {
  broker::Request request;
  request.verb = "get";
  request.profile = "ci";
  request.input = Secret(key);
  return broker::encode(request);
}

TEST_CASE("A request that has arrived whole is read and stays in the socket", "[serve]") {
  Pair pair;
  const Secret frame = get_request("myregistry.azurecr.io");
  pair.arrive(frame.reveal());
  const auto request = peek_request(pair.ours.get());
  REQUIRE(request);
  CHECK(request->verb == "get");
  CHECK(request->profile == "ci");
  CHECK(request->input.reveal() == "myregistry.azurecr.io");
  CHECK(pair.waiting() == frame.size());
}

TEST_CASE("A request that is not whole is left to the long way", "[serve]") {
  const Secret frame = get_request("myregistry.azurecr.io");
  for (size_t length = 0; length < frame.size(); ++length) {
    Pair pair;
    pair.arrive(frame.reveal().substr(0, length));
    CHECK_FALSE(peek_request(pair.ours.get()));
    CHECK(pair.waiting() == length);
  }
}

TEST_CASE("A request with something after it is left to the long way", "[serve]") {
  Pair pair;
  pair.arrive(get_request("myregistry.azurecr.io").reveal());
  pair.arrive("x");
  CHECK_FALSE(peek_request(pair.ours.get()));
}

TEST_CASE("A long request is left to the long way", "[serve]") {
  Pair pair;
  pair.arrive(get_request(std::string(3'000, 'k')).reveal());
  CHECK_FALSE(peek_request(pair.ours.get()));
}

TEST_CASE("Garbage is left to the long way", "[serve]") {
  Pair pair;
  pair.arrive("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK_FALSE(peek_request(pair.ours.get()));
}

TEST_CASE("A client that is gone makes no request", "[serve]") {
  Pair pair;
  pair.theirs.reset();
  CHECK_FALSE(peek_request(pair.ours.get()));
}

TEST_CASE("A reply takes the request out of the socket and is sent in one piece", "[serve]") {
  Pair pair;
  pair.arrive(get_request("myregistry.azurecr.io").reveal());
  const Secret reply("the reply");
  CHECK(send_reply(pair.ours.get(), reply));
  CHECK(pair.waiting() == 0);
  pair.ours.reset();
  char bytes[64];
  CHECK(recv(pair.theirs.get(), bytes, sizeof bytes, 0) == 9);  // and no error from closing over unread bytes
  CHECK(recv(pair.theirs.get(), bytes, sizeof bytes, 0) == 0);
}

TEST_CASE("A reply to a client that is gone does not end the agent", "[serve]") {
  Pair pair;
  pair.arrive(get_request("myregistry.azurecr.io").reveal());
  pair.theirs.reset();
  CHECK_FALSE(send_reply(pair.ours.get(), Secret("the reply")));
}

}  // namespace
}  // namespace scoped::serve
