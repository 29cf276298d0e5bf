// Not tested here: the two seconds after which whoever waits goes on alone, which no test waits for; whole
// programs (tests/vault/crowd.py, tests/bench/vault).
#include "common/broker/joint.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <future>
#include <thread>

namespace scoped::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{10'000};
constexpr milliseconds kShort{50};

struct Scene {
  test::TemporaryFolder folder;
  std::map<std::string, std::string> variables{{"XDG_STATE_HOME", folder.path()}};
  int door = -1;  // the first one's socket

  Scene() { mkdir((folder / "scoped").c_str(), 0700); }
  std::optional<Meeting> find(const std::string& key = "reg.azurecr.io", const std::string& profile = "",
                              Kind kind = Kind::docker, const std::string& verb = "get") const {
    const FixedEnvironment environment(variables, geteuid(), getegid());
    return find_meeting(environment, {kind, verb, profile, Secret(key)});
  }
  Met meet_within(milliseconds patience, const std::string& key = "reg.azurecr.io") const {
    return meet(find(key).value(), steady_clock::now() + patience);
  }
  Host begin() {
    Met met = meet_within(kLong);
    REQUIRE(met.listening);
    door = met.listening.get();
    return Host::take(met.listening.release(), find().value()).value();
  }
  // As long as the first one lives: until somebody waits for it.
  void await_somebody() const {
    pollfd watched{door, POLLIN, 0};
    REQUIRE(poll(&watched, 1, static_cast<int>(kLong.count())) == 1);
  }
  bool is_empty() const { return std::filesystem::is_empty(folder / "scoped"); }
};

Reply login() { return {Said::answer, 0, false, Secret("{\"Secret\":\"s\"}\n")}; }

TEST_CASE("whoever asks the same is told what the first one finds", "[broker][joint]") {
  Scene scene;
  Host host = scene.begin();
  std::atomic<int> on_their_way{0};
  std::vector<std::future<Met>> others;
  for (int i = 0; i < 8; ++i)
    others.push_back(std::async(std::launch::async, [&scene, &on_their_way] {
      ++on_their_way;
      return scene.meet_within(kLong);
    }));
  while (on_their_way < 8) std::this_thread::yield();
  scene.await_somebody();
  std::this_thread::sleep_for(
      kShort);  // for those that have not arrived; one that is later is the next first
  host.tell(login());
  for (auto& each : others) {
    const Met met = each.get();
    if (met.listening) continue;  // it came when that was over: the next first one
    REQUIRE(met.reply);
    CHECK(met.reply->exit_code == 0);
    CHECK(met.reply->text.reveal() == login().text.reveal());
  }
}

TEST_CASE("where nobody is told, everybody goes on alone", "[broker][joint]") {
  Scene scene;
  SECTION("the first one found nothing") {
    auto host = std::optional(scene.begin());
    auto other = std::async(std::launch::async, [&scene] { return scene.meet_within(kLong); });
    scene.await_somebody();
    host.reset();
    const Met met = other.get();
    CHECK_FALSE(met.listening);
    CHECK_FALSE(met.reply);
  }
  SECTION("it takes longer than the request may") {
    const Host host = scene.begin();
    const Met met = scene.meet_within(kShort);
    CHECK_FALSE(met.listening);
    CHECK_FALSE(met.reply);
  }
  CHECK(scene.is_empty());
}

TEST_CASE("what a dead one left behind is in nobody's way", "[broker][joint]") {
  const Scene scene;
  { const Fd dead = std::move(scene.meet_within(kLong).listening); }
  CHECK_FALSE(scene.is_empty());
  CHECK(scene.meet_within(kLong).listening);
}

TEST_CASE("only the very same question has the same place", "[broker][joint]") {
  Scene scene;
  const Meeting usual = scene.find().value();
  CHECK(scene.find()->name == usual.name);
  CHECK(scene.find("other.azurecr.io")->name != usual.name);
  CHECK(scene.find("reg.azurecr.io", "ci")->name != usual.name);
  CHECK(scene.find("reg.azurecr.io", "")->question != scene.find("reg.azurecr.i", "o")->question);
  for (const char* name :
       {"SCOPED_CONFIG", "XDG_CONFIG_HOME", "HOME", "BAO_ADDR", "VAULT_AGENT_ADDR", "VAULT_NAMESPACE"}) {
    Scene other;
    other.variables[name] = "/elsewhere";
    CHECK(other.find()->name != usual.name);
  }
}

TEST_CASE("an answer to another question is none", "[broker][joint]") {
  Scene scene;
  Met met = scene.meet_within(kLong);
  scene.door = met.listening.get();
  Meeting other = scene.find("other.azurecr.io").value();
  other.name = scene.find()->name;  // as two names that are one by chance
  Host host = Host::take(met.listening.release(), std::move(other)).value();
  auto waiting = std::async(std::launch::async, [&scene] { return scene.meet_within(kLong); });
  scene.await_somebody();
  host.tell(login());
  const Met told = waiting.get();
  CHECK_FALSE(told.reply);
}

TEST_CASE("nobody meets in a folder that is not the user's alone", "[broker][joint]") {
  Scene scene;
  CHECK(scene.find());
  SECTION("others may look into it") { chmod((scene.folder / "scoped").c_str(), 0750); }
  SECTION("it is a link") {
    std::filesystem::rename(scene.folder / "scoped", scene.folder / "there");
    std::filesystem::create_symlink(scene.folder / "there", scene.folder / "scoped");
  }
  SECTION("it is not there yet") { std::filesystem::remove(scene.folder / "scoped"); }
  SECTION("its path is none from the root") { scene.variables["XDG_STATE_HOME"] = "state"; }
  SECTION("nothing says where") { scene.variables.clear(); }
  CHECK_FALSE(scene.find());
}

TEST_CASE("only docker's get is shared", "[broker][joint]") {
  const Scene scene;
  CHECK_FALSE(scene.find("reg.azurecr.io", "", Kind::kubelet));
  for (const char* verb : {"store", "erase", "list"})
    CHECK_FALSE(scene.find("reg.azurecr.io", "", Kind::docker, verb));
}

TEST_CASE("what is no listening socket makes no host", "[broker][joint]") {
  const Scene scene;
  CHECK_FALSE(Host::take(1, scene.find().value()));
  CHECK_FALSE(Host::take(1 << 20, scene.find().value()));
}

}  // namespace
}  // namespace scoped::broker
