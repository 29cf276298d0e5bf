// Not tested here: registries of the system's configuration (its path is fixed), and the choice of a token
// (tests/unit/answer).
#include "helper/fetch/fetch.h"

#include "common/protocol/texts.h"
#include "helper/fetch/local.h"
#include "tests/unit/fetch/fake_agent.h"
#include "tests/unit/fetch/world.h"

#include <algorithm>
#include <atomic>

namespace scoped::fetch {
namespace {

using broker::Heard;
using broker::Level;
using test::say_not_mine;
using test::says;

struct World : test::Home {
  RealClock clock;

  answer::Answer ask(const std::string& verb, const std::string& input, broker::Handover handover = {}) {
    handover.verb = verb;
    const FixedEnvironment now = environment();
    return fetch(handover, Secret(input), {now, clock, random});
  }
  // "EXIT TEXT", with "!" before it when it goes to stderr as well.
  std::string say(const std::string& verb, const std::string& input, broker::Handover handover = {}) {
    const answer::Answer answer = ask(verb, input, std::move(handover));
    return (answer.also_stderr ? "!" : "") + std::to_string(answer.exit_code) + " " +
           std::string(answer.text.reveal());
  }
  std::string socket() {
    variables["SCOPED_AGENT_SOCKET"] = folder / "agent.sock";
    return variables["SCOPED_AGENT_SOCKET"];
  }
};

std::string login(const std::string& url, const std::string& user, const std::string& secret) {
  return R"({"ServerURL":")" + url + R"(","Username":")" + user + R"(","Secret":")" + secret + "\"}\n";
}

const std::string kNothing = "1 " + std::string(protocol::kNotFound) + "\n";

broker::Handover with_profile(const std::string& profile) {
  broker::Handover handover;
  handover.profile = profile;
  return handover;
}

TEST_CASE("get answers from the store when there is no agent", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  world.make_record("builder", "build-pass");
  CHECK(world.say("get", " HTTPS://Reg.azurecr.io/v2/ \n") ==
        "0 " + login("HTTPS://Reg.azurecr.io/v2/", "puller", "pull-pass"));
  CHECK(world.say("get", "reg.azurecr.io/team/app") ==
        "0 " + login("reg.azurecr.io/team/app", "builder", "build-pass"));
  CHECK(world.say("get", "reg.azurecr.io", with_profile("ci")) ==
        "0 " + login("reg.azurecr.io", "builder", "build-pass"));
  world.variables["SCOPED_PROFILE"] = "ci";
  CHECK(world.say("get", "reg.azurecr.io") == "0 " + login("reg.azurecr.io", "builder", "build-pass"));
}

TEST_CASE("get of an unknown registry is the exact not-found", "[fetch]") {
  World world;
  CHECK(world.say("get", "ghcr.io") == kNothing);
  CHECK(world.say("get", "pycreds test!") == kNothing);
  CHECK(world.say("get", "") == "1 no credentials server URL\n");
  world.variables.clear();  // neither HOME nor a configuration of one's own
  world.variables["SCOPED_CONFIG"] = world.folder / "config.json";
  CHECK(world.say("get", "ghcr.io") == kNothing);
}

TEST_CASE("a profile that no frame can hold is one that nobody knows", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  const auto profile = GENERATE(std::string(300, 'p'), std::string("two\nlines"));
  test::FakeAgent agent(world.socket(), say_not_mine);
  CHECK(world.say("get", "ghcr.io", with_profile(profile)) == kNothing);
  CHECK(world.say("erase", "ghcr.io", with_profile(profile)) == "0 ");
  const std::string refused = world.say("get", "reg.azurecr.io", with_profile(profile));
  CHECK(refused.starts_with("!1 'reg.azurecr.io': there is no profile '"));
  CHECK(std::count(refused.begin(), refused.end(), '\n') == 1);
}

TEST_CASE("a managed registry that cannot be answered says why, on stderr too", "[fetch]") {
  World world;
  CHECK(world.say("get", "reg.azurecr.io").find("run 'scopedctl init'") != std::string::npos);
  world.make_record("builder", "build-pass");
  CHECK(world.say("get", "reg.azurecr.io") ==
        "!1 'reg.azurecr.io/puller': it has no record: run 'scopedctl import reg.azurecr.io puller'\n");
  CHECK(world.say("get", "reg.azurecr.io", with_profile("nobody")) ==
        "!1 'reg.azurecr.io': there is no profile 'nobody' in the configuration\n");

  test::spill(world.folder / "state/scoped/records/reg.azurecr.io/builder.rec", "damaged");
  const std::string damaged = world.say("get", "reg.azurecr.io", with_profile("ci"));
  CHECK(damaged.starts_with("!1 'reg.azurecr.io/builder': record file '"));
  CHECK(std::count(damaged.begin(), damaged.end(), '\n') == 1);
}

TEST_CASE("mistakes in the configuration are one line that counts the others", "[fetch]") {
  World world;
  world.configure("{\"registries\":{},\n\"regitsries\":{},\n\"store\":1}\n");
  const auto verb = GENERATE("get", "store", "list");
  const std::string said =
      world.say(verb, std::string(verb) == "store" ? login("ghcr.io", "me", "x") : "ghcr.io");
  CHECK(said.starts_with("1 configuration: " + world.folder.path() + "/config.json:2: "));
  CHECK(said.ends_with(" (and 1 more): run 'scopedctl status'\n"));
  CHECK(world.say("erase", "ghcr.io") == "0 ");
}

TEST_CASE("an agent that was not asked yet answers first", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  test::FakeAgent agent(world.socket(), says("from the agent\n", 1, true));
  CHECK(world.say("get", "reg.azurecr.io", with_profile("ci")) == "!1 from the agent\n");
  CHECK(agent.heard() == std::vector<std::string>{"get reg.azurecr.io"});
}

TEST_CASE("an agent that the front has asked is not asked again", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  broker::Handover handover;
  handover.asked = {{Level::user, GENERATE(Heard::not_mine, Heard::absent, Heard::no_answer)}};
  test::FakeAgent agent(world.socket(), says("from the agent\n"));
  CHECK(world.say("get", "reg.azurecr.io", handover) ==
        "0 " + login("reg.azurecr.io", "puller", "pull-pass"));
  CHECK(agent.heard().empty());
}

TEST_CASE("what an agent does not know is looked up here", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  test::FakeAgent agent(world.socket(), say_not_mine);
  CHECK(world.say("get", "reg.azurecr.io") == "0 " + login("reg.azurecr.io", "puller", "pull-pass"));
  CHECK(world.say("get", "ghcr.io") == kNothing);
}

TEST_CASE("a login of an unknown registry is saved, found under any spelling, and erased", "[fetch]") {
  World world;
  CHECK(world.say("store", R"({"serverurl":"ghcr.io","USERNAME":"\u003ctoken\u003e","Secret":"x"})") == "0 ");
  CHECK(world.say("get", "https://ghcr.io") == "0 " + login("https://ghcr.io", "<token>", "x"));
  CHECK(world.say("list", "unused") == "0 {\"ghcr.io\":\"<token>\"}\n");
  CHECK(world.say("erase", "https://ghcr.io/v2/") == "0 ");
  CHECK(world.say("erase", "ghcr.io") == "0 ");
  CHECK(world.say("get", "ghcr.io") == kNothing);
  CHECK(world.say("list", "") == "0 {}\n");
}

TEST_CASE("store and erase say what is wrong with their input", "[fetch]") {
  World world;
  CHECK(world.say("store", R"({"Username":"me"})") == "1 no credentials server URL\n");
  CHECK(world.say("store", R"({"ServerURL":"ghcr.io"})") == "1 no credentials username\n");
  CHECK(world.say("store", "not json").starts_with("1 "));
  CHECK(world.say("erase", " ") == "1 no credentials server URL\n");
  world.variables.erase("HOME");
  CHECK(world.say("store", login("ghcr.io", "me", "x")) ==
        "1 save the login of 'ghcr.io': there is no HOME: set it to a folder of yours\n");
}

TEST_CASE("docker login may store back what it was given, and nothing else, for a managed registry",
          "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  CHECK(world.say("store", login("reg.azurecr.io", "puller", "pull-pass")) == "0 ");
  CHECK(world.say("store", login("reg.azurecr.io", "puller", "before the rotation")) == "0 ");
  const std::string refused = world.say("store", login("https://reg.azurecr.io", "admin", "x"));
  CHECK(refused.starts_with("1 'reg.azurecr.io' is managed by scoped tokens, so this login is not saved"));
  CHECK(refused.find("'scopedctl import reg.azurecr.io'") != std::string::npos);
  CHECK(refused.find("'docker --config DIR login'") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.folder / "state/scoped/logins"));
}

TEST_CASE("only a registry that nobody manages gets a saved login", "[fetch]") {
  World world;  // its store does not exist
  CHECK(world.say("store", login("reg.azurecr.io", "puller", "x"))
            .starts_with("1 'reg.azurecr.io' is managed"));
  test::FakeAgent agent(world.socket(), [](const broker::Request& request, const test::Connection& client) {
    if (request.input.reveal() != "denied.io") return say_not_mine(request, client);
    client.reply(broker::Said::answer, "you may not\n", 1, true);
  });
  CHECK(world.say("store", login("denied.io", "me", "x")).starts_with("1 'denied.io' is managed"));
  CHECK(world.say("store", login("ghcr.io", "me", "x")) == "0 ");
  CHECK(agent.heard() == std::vector<std::string>{"get denied.io", "get ghcr.io"});  // never a secret
}

TEST_CASE("erase tells the agents that the copy is doubtful and always succeeds", "[fetch]") {
  World world;
  CHECK(world.say("erase", "reg.azurecr.io") == "0 ");  // nobody listens
  test::FakeAgent agent(world.socket(), says("no idea\n", 1));
  CHECK(world.say("erase", "reg.azurecr.io\n") == "0 ");
  CHECK(agent.heard() == std::vector<std::string>{"stale reg.azurecr.io"});
}

TEST_CASE("list merges agents, stores and saved logins and names what can be answered", "[fetch]") {
  World world;
  CHECK(world.say("list", "") == "0 {}\n");
  world.make_record("puller", "pull-pass");
  REQUIRE(world.say("store", login("ghcr.io", "me", "x")) == "0 ");
  CHECK(world.say("list", "") == "0 {\"ghcr.io\":\"me\",\"reg.azurecr.io\":\"puller\"}\n");

  test::FakeAgent agent(world.socket(), [](const broker::Request& request, const test::Connection& client) {
    if (request.verb == "list")
      return client.reply(broker::Said::answer, R"({"a.io":"old name","b.io":"unready","c":1})", 0, false);
    if (request.input.reveal() == "a.io")
      return client.reply(broker::Said::answer, login("a.io", "robot", "x"), 0, false);
    client.reply(broker::Said::answer, "there is no record\n", 1, true);
  });
  CHECK(world.say("list", "") == "0 {\"a.io\":\"robot\",\"ghcr.io\":\"me\"}\n");
}

TEST_CASE("an agent's list that is none is left out", "[fetch]") {
  World world;
  test::FakeAgent agent(world.socket(), says("[broken"));
  CHECK(world.say("list", "") == "0 {}\n");
}

TEST_CASE("saved logins that cannot be read are not listed, and getting one says why", "[fetch]") {
  World world;
  REQUIRE(world.say("store", login("ghcr.io", "me", "x")) == "0 ");
  test::spill(world.folder / "state/scoped/logins", "damaged");
  CHECK(world.say("list", "") == "0 {}\n");
  CHECK(world.say("get", "ghcr.io").starts_with("1 saved logins '"));
}

broker::Handover from_kubelet() {
  broker::Handover handover;
  handover.kind = broker::Kind::kubelet;
  return handover;
}

std::string kubelet_request(const std::string& image, const std::string& version = "v1") {
  return R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/)" + version +
         R"(","image":")" + image + "\"}\n";
}

TEST_CASE("kubelet is answered from the store when there is no agent", "[fetch]") {
  World world;
  world.make_record("puller", "pull-pass");
  world.make_record("builder", "build-pass");
  CHECK(world.say("get", kubelet_request("reg.azurecr.io/team/app", "v1beta1"), from_kubelet()) ==
        R"(0 {"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1beta1",)"
        R"("cacheKeyType":"Image","cacheDuration":"10m0s",)"
        R"("auth":{"reg.azurecr.io/team/app":{"username":"builder","password":"build-pass"}}})"
        "\n");
  CHECK(world.say("get", kubelet_request("reg.azurecr.io/app"), from_kubelet()).find("pull-pass") !=
        std::string::npos);
  world.variables["SCOPED_PROFILE"] = "ci";
  CHECK(world.say("get", kubelet_request("reg.azurecr.io/app"), from_kubelet()).find("build-pass") !=
        std::string::npos);
}

TEST_CASE("kubelet is told that there is nothing for an image that is not ours", "[fetch]") {
  World world;
  REQUIRE(world.say("store", login("ghcr.io", "me", "x")) == "0 ");  // a saved login is not for kubelet
  CHECK(world.say("get", kubelet_request("ghcr.io/app"), from_kubelet()) ==
        "0 " + std::string(protocol::kKubeletNothing) + "\n");
  CHECK(world.say("get", kubelet_request("ghcr.io/app", "v1alpha1"), from_kubelet()) ==
        R"(0 {"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1alpha1",)"
        R"("cacheKeyType":"Image","cacheDuration":"0s","auth":null})"
        "\n");
}

TEST_CASE("an agent that was not asked yet answers kubelet", "[fetch]") {
  World world;
  std::atomic<bool> is_kubelet = false;
  test::FakeAgent agent(world.socket(), [&](const broker::Request& request, const test::Connection& client) {
    is_kubelet = request.kind == broker::Kind::kubelet;
    client.reply(broker::Said::answer, "an answer\n", 0, false);
  });
  const std::string input = kubelet_request("reg.azurecr.io/app");
  CHECK(world.say("get", input, from_kubelet()) == "0 an answer\n");
  CHECK(is_kubelet);
  CHECK(agent.heard() == std::vector<std::string>{"get " + input});
}

TEST_CASE("what fails for kubelet is said on stderr", "[fetch]") {
  World world;
  CHECK(
      world.say("get", "{}", from_kubelet()) ==
      "!1 not a CredentialProviderRequest of credentialprovider.kubelet.k8s.io v1, v1beta1 or v1alpha1 with "
      "an image\n");
  CHECK(world.say("get", kubelet_request("reg.azurecr.io/app"), from_kubelet())
            .starts_with("!1 'reg.azurecr.io'"));  // there is no store
  CHECK(world.say("list", "", from_kubelet()) == "1 unknown action: list\n");
  world.configure("{");
  CHECK(world.say("get", kubelet_request("reg.azurecr.io/app"), from_kubelet())
            .starts_with("!1 configuration: "));
}

TEST_CASE("a record that only the agent can read is a matter of the agent", "[fetch]") {
  CHECK(needs_agent("reg.io", Heard::forbidden, "docker") ==
        "'reg.io' is served by scoped-agent; you are not in group 'docker'");
  CHECK(needs_agent("reg.io", Heard::forbidden, "") ==
        "'reg.io' is served by scoped-agent; you are not in the group of its socket");
  CHECK(needs_agent("reg.io", Heard::no_answer, "") == "'reg.io' needs scoped-agent, which does not answer");
  for (const auto heard :
       {std::optional<Heard>(), std::optional(Heard::absent), std::optional(Heard::not_mine)})
    CHECK(needs_agent("reg.io", heard, "") == "'reg.io' needs scoped-agent, which is not running");
}

}  // namespace
}  // namespace scoped::fetch
