// Not tested here: the answers themselves (tests/unit/answer) and the helper's trust in a path
// (tests/unit/broker).
#include "agent/serve/flights.h"
#include "agent/serve/listeners.h"
#include "common/broker/client.h"
#include "common/broker/frame.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/answer/world.h"
#include "tests/unit/serve/raw_client.h"

#include <boost/asio/io_context.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <future>
#include <thread>

namespace scoped::serve {
namespace {

using namespace std::chrono_literals;
using broker::Asked;
using broker::Outcome;
using test::kHost;
using test::make_record;
using test::name_of;
using test::RawClient;

struct World {
  test::TemporaryFolder folder;
  std::string path = folder / "agent.sock";
  test::FakeClock clock;
  config::Config configuration = test::make_config({"puller", "builder"});
  answer::Permissions permissions;
  answer::Copies copies{60s};
  answer::Engine engine{configuration, permissions, copies};
  std::vector<std::pair<record::RecordName, std::function<void(Loaded)>>> loads;
  std::shared_ptr<Flights> flights = std::make_shared<Flights>(
      copies,
      [this](const record::RecordName& name, std::function<void(Loaded)> done) {
        loads.emplace_back(name, std::move(done));
      },
      [this] { return clock.boot_now(); });
  boost::asio::io_context io{1};
  std::unique_ptr<BrokerListener> listener;

  BrokerListener::Use use(Policy policy = {.owner = geteuid()}) {
    return {.io = io,
            .engine = engine,
            .flights = flights,
            .now =
                [this] {
                  return answer::Now{clock.now(), clock.boot_now()};
                },
            .policy = policy};
  }
  void listen(BrokerListener::Use with, mode_t mode = 0600) {
    listener = std::make_unique<BrokerListener>(std::move(with), std::move(*bind_socket(path, mode)));
  }
  void hold(record::Record record) {
    const record::RecordName name = record.name();
    copies.take(name, test::found(std::move(record)), clock.now(), clock.boot_now());
  }
  void land(size_t load, record::Record record) {
    loads.at(load).second({test::found(std::move(record)), clock.now(), clock.boot_now()});
  }
  bool until(const std::function<bool()>& happened) { return test::run_until(io, happened); }
};

broker::Request request(std::string verb, std::string_view input, std::string profile = "") {
  broker::Request made;
  made.verb = std::move(verb);
  made.profile = std::move(profile);
  made.input = Secret(input);
  return made;
}

// The helper's own client, in a thread.
std::future<Asked> ask(const World& world, std::string verb, std::string input) {
  return std::async(std::launch::async,
                    [path = world.path, verb = std::move(verb), input = std::move(input)] {
                      return broker::ask({path, broker::Level::user, broker::Origin::variable},
                                         request(verb, input), std::chrono::steady_clock::now() + 20s);
                    });
}

bool is_ready(const std::future<Asked>& asked) { return asked.wait_for(0s) == std::future_status::ready; }

Asked answered(World& world, std::future<Asked> asked) {
  REQUIRE(world.until([&] { return is_ready(asked); }));
  Asked result = asked.get();
  REQUIRE(result.outcome == Outcome::answered);
  return result;
}

std::string text_of(const Asked& asked) { return std::string(asked.reply.text.reveal()); }

std::string frame(const broker::Request& request) { return std::string(encode(request).reveal()); }

// "WAW…": what each reply in these bytes says; "?" where they are no whole reply.
std::string said_in(std::string_view bytes) {
  std::string said;
  while (!bytes.empty()) {
    const auto size = bytes.size() < broker::kHeader
                          ? fail(ErrorCode::corrupt, "cut")
                          : broker::parse_reply_header(bytes.substr(0, broker::kHeader));
    if (!size || bytes.size() < broker::kHeader + *size) return said + "?";
    const auto reply = broker::parse_reply(bytes.substr(broker::kHeader, *size));
    said += reply ? static_cast<char>(reply->said) : '?';
    bytes.remove_prefix(broker::kHeader + *size);
  }
  return said;
}

TEST_CASE("a fresh copy is answered without a load", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  const Asked asked = answered(world, ask(world, "get", "https://reg.azurecr.io/v2/\n"));
  CHECK(asked.reply.said == broker::Said::answer);
  CHECK(asked.reply.exit_code == 0);
  CHECK(text_of(asked) ==
        R"({"ServerURL":"https://reg.azurecr.io/v2/","Username":"puller","Secret":"pass-1"})"
        "\n");
  CHECK(world.loads.empty());
}

TEST_CASE("64 helpers that want one cold record share one load", "[serve]") {
  World world;
  world.listen(world.use());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<RawClient>(world.path));
    REQUIRE(clients.back()->send(frame(request("get", kHost))));
  }
  REQUIRE(world.until([&] { return !world.loads.empty(); }));
  test::settle(world.io);
  CHECK(world.loads.size() == 1);
  CHECK(world.loads[0].first == name_of("puller"));
  world.land(0, make_record("puller"));
  for (const auto& client : clients) {
    REQUIRE(world.until([&] { return client->is_closed(); }));
    CHECK(said_in(client->received()) == "A");
  }
}

TEST_CASE("a failure keeps its exit code and its flag, a stranger's key is not ours", "[serve]") {
  World world;
  test::registry_of(world.configuration).default_token.clear();
  world.listen(world.use());
  const Asked refused = answered(world, ask(world, "get", kHost));
  CHECK(refused.reply.exit_code == 1);
  CHECK(refused.reply.also_stderr);
  CHECK(text_of(refused).find("more than one token fits") != std::string::npos);
  CHECK(answered(world, ask(world, "get", "ghcr.io")).reply.said == broker::Said::not_mine);
}

TEST_CASE("list and stale are served", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  CHECK(text_of(answered(world, ask(world, "list", "unused"))) == "{\"reg.azurecr.io\":\"puller\"}\n");
  CHECK(answered(world, ask(world, "stale", kHost)).reply.exit_code == 0);
  CHECK(world.copies.find(name_of("puller"))->doubtful);
}

TEST_CASE("a silent store is waited for as long as a copy allows, and its answer still counts", "[serve]") {
  World world;
  world.configuration.copies.store_wait = 1ms;
  world.hold(make_record("puller"));
  world.clock.advance(61s);
  world.listen(world.use());
  CHECK(text_of(answered(world, ask(world, "get", kHost))).find("pass-1") != std::string::npos);
  REQUIRE(world.loads.size() == 1);

  CHECK(text_of(answered(world, ask(world, "get", kHost))).find("pass-1") != std::string::npos);
  CHECK(world.loads.size() == 1);  // the same flight

  world.land(0, make_record("puller", "pass-2"));
  CHECK(text_of(answered(world, ask(world, "get", kHost))).find("pass-2") != std::string::npos);
}

TEST_CASE("whoever waits is told so each second", "[serve][slow]") {
  World world;
  world.listen(world.use());
  RawClient client(world.path);
  REQUIRE(client.send(frame(request("get", kHost))));
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(world.until([&] { return said_in(client.received()) == "W"; }));
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 900ms);
  CHECK(took < 2s);  // the helper's patience
  world.land(0, make_record("puller"));
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(said_in(client.received()) == "WA");
}

broker::Request kubelet_request(std::string_view image) {
  broker::Request asked = request(
      "get", R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
             R"("image":")" +
                 std::string(image) + "\"}\n");
  asked.kind = broker::Kind::kubelet;
  return asked;
}

// The last reply's text in these bytes.
std::string last_text_in(std::string_view bytes) {
  std::string text;
  while (bytes.size() >= broker::kHeader) {
    const auto size = broker::parse_reply_header(bytes.substr(0, broker::kHeader));
    const auto reply = broker::parse_reply(bytes.substr(broker::kHeader, *size));
    text = std::string(reply->text.reveal());
    bytes.remove_prefix(broker::kHeader + *size);
  }
  return text;
}

const std::string kKubeletAnswer =
    R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
    R"("cacheKeyType":"Image","cacheDuration":"10m0s",)"
    R"("auth":{"reg.azurecr.io/a":{"username":"puller","password":"pass-1"}}})"
    "\n";

TEST_CASE("kubelet's request is answered in its own form, whether it arrives whole or in pieces", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  const std::string bytes = frame(kubelet_request("reg.azurecr.io/a"));
  const size_t first = GENERATE_COPY(bytes.size(), size_t{5}, bytes.size() - 1);
  RawClient client(world.path);
  REQUIRE(client.send(bytes.substr(0, first)));
  if (first < bytes.size()) {
    test::settle(world.io);
    REQUIRE(client.send(bytes.substr(first)));
  }
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(said_in(client.received()) == "A");
  CHECK(last_text_in(client.received()) == kKubeletAnswer);
}

TEST_CASE("kubelet waits for a cold record in the same flight as everybody", "[serve]") {
  World world;
  world.listen(world.use());
  RawClient kubelet(world.path), docker(world.path);
  REQUIRE(kubelet.send(frame(kubelet_request("reg.azurecr.io/a"))));
  REQUIRE(world.until([&] { return world.loads.size() == 1; }));
  REQUIRE(docker.send(frame(request("get", kHost))));
  test::settle(world.io);
  world.land(0, make_record("puller"));
  REQUIRE(world.until([&] { return kubelet.is_closed() && docker.is_closed(); }));
  CHECK(world.loads.size() == 1);
  CHECK(last_text_in(kubelet.received()) == kKubeletAnswer);
}

TEST_CASE("an image of another registry is left to the next agent, a bad request is not", "[serve]") {
  World world;
  world.listen(world.use());
  RawClient other(world.path), bad(world.path);
  REQUIRE(other.send(frame(kubelet_request("ghcr.io/a"))));
  REQUIRE(bad.send(frame(kubelet_request(""))));
  REQUIRE(world.until([&] { return other.is_closed() && bad.is_closed(); }));
  CHECK(said_in(other.received()) == "N");
  CHECK(said_in(bad.received()) == "A");
  CHECK(last_text_in(bad.received()).starts_with("not a CredentialProviderRequest"));
}

TEST_CASE("kubelet has one verb", "[serve]") {
  broker::Request asked = kubelet_request("reg.azurecr.io/a");
  asked.verb = GENERATE("list", "stale", "store", "kubelet");
  World world;
  world.listen(world.use());
  RawClient client(world.path);
  REQUIRE(client.send(frame(asked)));
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received().empty());
}

TEST_CASE("what is no request of ours is closed without a word", "[serve]") {
  const std::string good = frame(request("get", kHost));
  const std::string bytes = GENERATE_COPY(
      std::string("GET / HTTP/1.1\r\n\r\n"), std::string(8, '\0'), std::string("SCQ1\xff\xff\xff\xff"),
      std::string("SCQ1\0\0\0\0", 8), std::string("SCR1") + good.substr(4), std::string("SCQ1\x01\0\0\0d", 9),
      frame(request("store", "{}")), frame(request("erase", kHost)), frame(request("", kHost)));
  World world;
  world.listen(world.use());
  RawClient client(world.path);
  REQUIRE(client.send(bytes));
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received().empty());
  CHECK(world.loads.empty());
}

TEST_CASE("a request that ends early is closed", "[serve]") {
  const std::string good = frame(request("get", kHost));
  World world;
  world.listen(world.use());
  const size_t size = GENERATE_COPY(size_t{0}, size_t{5}, broker::kHeader, good.size() - 1);
  RawClient client(world.path);
  REQUIRE(client.send(good.substr(0, size)));
  client.half_close();
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received().empty());
}

TEST_CASE("a request may come byte by byte, and its sender may close that side", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  RawClient client(world.path);
  for (const char byte : frame(request("get", kHost))) {
    REQUIRE(client.send({&byte, 1}));
    test::settle(world.io);
  }
  client.half_close();
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(said_in(client.received()) == "A");
}

TEST_CASE("whoever is too slow with its request is closed", "[serve]") {
  World world;
  BrokerListener::Use use = world.use();
  use.policy.request_patience = 1ms;
  world.listen(std::move(use));
  RawClient client(world.path);
  client.send("SCQ1");
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(client.received().empty());
}

TEST_CASE("where the listener is full whoever has sent no request leaves", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use({.owner = geteuid(), .most = 2, .most_of_one = 2}));
  RawClient silent(world.path), half(world.path);
  REQUIRE(half.send(frame(request("get", kHost)).substr(0, 12)));
  test::settle(world.io);
  CHECK_FALSE(silent.is_closed());

  RawClient third(world.path);  // its request comes later, as it may with a busy machine
  REQUIRE(world.until([&] { return silent.is_closed(); }));
  CHECK_FALSE(half.is_closed());
  REQUIRE(third.send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return third.is_closed(); }));
  CHECK(said_in(third.received()) == "A");
}

TEST_CASE("who waits for its answer stays, and the next one is refused", "[serve]") {
  World world;
  world.listen(world.use({.owner = geteuid(), .most = 1, .most_of_one = 1}));
  RawClient waiting(world.path);
  REQUIRE(waiting.send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return !world.loads.empty(); }));
  RawClient refused(world.path);
  REQUIRE(world.until([&] { return refused.is_closed(); }));

  SECTION("until it is answered") {
    world.land(0, make_record("puller"));
    REQUIRE(world.until([&] { return waiting.is_closed(); }));
    CHECK(said_in(waiting.received()) == "A");
  }
  SECTION("until it vanishes") { waiting.vanish(); }
  test::settle(world.io);
  RawClient next(world.path);
  REQUIRE(next.send(frame(request("get", "ghcr.io"))));
  REQUIRE(world.until([&] { return next.is_closed(); }));
  CHECK(said_in(next.received()) == "N");
}

TEST_CASE("long requests, or halves of them, have a budget that usual ones do not need", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  const std::string longest = frame(request("get", std::string(1 << 20, 'x')));
  const std::string half = longest.substr(0, longest.size() - 1);
  std::vector<std::unique_ptr<RawClient>> clients;
  size_t closed = 0;
  for (int i = 0; i < 24; ++i) {
    clients.push_back(std::make_unique<RawClient>(world.path));
    size_t sent = 0;
    REQUIRE(world.until([&] {
      sent += clients.back()->send_some(std::string_view(half).substr(sent));
      return sent == half.size() || clients.back()->is_closed();
    }));
    if (clients.back()->is_closed()) ++closed;
  }
  test::settle(world.io);
  CHECK(closed >= 8);
  CHECK(closed <= 9);
  RawClient usual(world.path);
  REQUIRE(usual.send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return usual.is_closed(); }));
  CHECK(said_in(usual.received()) == "A");

  clients.clear();  // the budget comes back
  test::settle(world.io);
  RawClient whole(world.path);
  size_t sent = 0;
  REQUIRE(world.until([&] {
    sent += whole.send_some(std::string_view(longest).substr(sent));
    return whole.is_closed();
  }));
  CHECK(said_in(whole.received()) == "A");  // it is told that its key is too long
}

TEST_CASE("a process without descriptors takes clients later", "[serve]") {
  World world;
  world.hold(make_record("puller"));
  world.listen(world.use());
  RawClient client(world.path);
  REQUIRE(client.send(frame(request("get", kHost))));

  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const Fd next(dup(0));  // the lowest free descriptor
  rlimit none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(next.get());
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  test::settle(world.io);
  const bool refused = client.received().empty() && !client.is_closed();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(refused);
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(said_in(client.received()) == "A");
}

TEST_CASE("after stop nobody is let in and who is inside is answered", "[serve]") {
  World world;
  world.listen(world.use());
  RawClient inside(world.path);
  REQUIRE(inside.send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return !world.loads.empty(); }));
  world.listener->stop();
  CHECK_FALSE(RawClient(world.path).is_connected());
  world.land(0, make_record("puller"));
  REQUIRE(world.until([&] { return inside.is_closed(); }));
  CHECK(said_in(inside.received()) == "A");
}

TEST_CASE("the end of the listener ends its clients, and late loads are harmless", "[serve]") {
  World world;
  world.listen(world.use());
  RawClient waiting(world.path), silent(world.path);
  REQUIRE(waiting.send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return !world.loads.empty(); }));
  world.listener.reset();
  CHECK(waiting.is_closed());
  CHECK(silent.is_closed());
  world.land(0, make_record("puller"));
  test::settle(world.io);
  CHECK(world.copies.find(name_of("puller")) != nullptr);  // the flights are not the listener's
}

TEST_CASE("a record is read ahead of time in the flight that clients share", "[serve]") {
  World world;
  world.listen(world.use());
  world.flights->join(name_of("puller"), nullptr);
  RawClient client(world.path);
  REQUIRE(client.send(frame(request("get", kHost))));
  test::settle(world.io);
  CHECK(world.loads.size() == 1);
  world.land(0, make_record("puller"));
  REQUIRE(world.until([&] { return client.is_closed(); }));
  CHECK(said_in(client.received()) == "A");
}

// Becomes nobody where the tests run as root, in this thread alone; the uid is fixed at connect.
void be_somebody_else() {
  if (geteuid() == 0) syscall(SYS_setresuid, 65534, 65534, 65534);
}

TEST_CASE("a caller gets what its uid and groups may use", "[serve]") {
  World world;
  test::registry_of(world.configuration).default_token.clear();
  const uid_t caller = geteuid() == 0 ? 65534 : geteuid();
  const bool allowed = GENERATE(true, false);
  if (allowed) world.permissions[name_of("builder")] = {{caller}, {}};
  REQUIRE(chmod(world.folder.path().c_str(), 0755) == 0);
  BrokerListener::Use use = world.use();
  use.policy.owner = caller + 1;
  world.hold(make_record("builder"));
  world.listen(std::move(use), 0666);

  std::unique_ptr<RawClient> client;
  std::thread([&] {
    be_somebody_else();
    client = std::make_unique<RawClient>(world.path);
  }).join();
  REQUIRE(client->send(frame(request("get", kHost))));
  REQUIRE(world.until([&] { return client->is_closed(); }));
  CHECK((client->received().find("pass-1") != std::string::npos) == allowed);
  CHECK((client->received().find("you may use none of its tokens") != std::string::npos) == !allowed);
}

TEST_CASE("where reaching the socket is the permission, uid, allow and profile say nothing", "[serve]") {
  World world;
  world.configuration = test::make_config({"builder"});  // what such a listener's engine knows
  world.permissions[name_of("builder")] = {{4'242}, {}};
  world.hold(make_record("builder"));
  REQUIRE(chmod(world.folder.path().c_str(), 0755) == 0);
  world.listen(world.use({.by_reach = true, .owner = 4'242}), 0666);

  std::unique_ptr<RawClient> client;
  std::thread([&] {
    be_somebody_else();
    client = std::make_unique<RawClient>(world.path);
  }).join();
  REQUIRE(client->send(frame(request("get", kHost, "a-profile-of-its-own"))));
  REQUIRE(world.until([&] { return client->is_closed(); }));
  CHECK(client->received().find("pass-1") != std::string::npos);

  RawClient other(world.path);
  REQUIRE(other.send(frame(request("get", "ghcr.io"))));
  REQUIRE(world.until([&] { return other.is_closed(); }));
  CHECK(said_in(other.received()) == "N");
}

}  // namespace
}  // namespace scoped::serve
