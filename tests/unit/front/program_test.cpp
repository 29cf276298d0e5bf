// The program from outside, with a fake agent and a fake scoped-fetch beside it. Not tested here: what agents
// and scoped-fetch answer; the patience of 2 s and 20 s, which no test waits for.
#include "common/protocol/texts.h"
#include "tests/support/broker_server.h"
#include "tests/support/catch.h"
#include "tests/support/spawned.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>
#include <filesystem>

namespace scoped::front {
namespace {

using test::BrokerServer;
using test::Connection;
using test::Finished;

constexpr const char* kFakeFetch =
    "#!/bin/sh\n"
    "echo \"$0 with $(echo $* | sed 's/--deadline=[0-9][0-9]*/--deadline=MS/'), core $(ulimit -c):\"\n"
    "cat; exit 1\n";

class Scene {
 public:
  explicit Scene(bool with_fetch = true) {
    std::filesystem::create_directory(folder / "bin");
    std::filesystem::copy_file(FRONT_PROGRAM, program());
    if (!with_fetch) return;
    test::spill(folder / "bin/scoped-fetch", kFakeFetch);
    std::filesystem::permissions(folder / "bin/scoped-fetch", std::filesystem::perms::owner_all);
  }
  std::string program() const { return folder / "bin/docker-credential-scoped"; }
  std::string socket() const { return folder / "agent.sock"; }

  Finished run_as(const std::string& name, const std::string& action, const std::string& input,
                  std::vector<std::string> more = {}) const {
    test::Spawn spawn{program(), {name}, std::move(more), input};
    if (!action.empty()) spawn.arguments.push_back(action);
    for (const std::string& each :
         {"HOME=" + folder.path(), "SCOPED_AGENT_SOCKET=" + socket(), std::string("PATH=/usr/bin:/bin"),
          std::string("ASAN_OPTIONS=detect_leaks=0")})
      spawn.environment.push_back(each);
    return test::run(spawn);
  }
  Finished run(const std::string& action, const std::string& input = "",
               std::vector<std::string> more = {}) const {
    return run_as("docker-credential-scoped", action, input, std::move(more));
  }
  std::string fetched(const std::string& arguments, const std::string& input) const {
    return (folder / "bin/scoped-fetch") + " with " + arguments + ", core 0:\n" + input;
  }

  test::TemporaryFolder folder;
};

BrokerServer::Turn reply(broker::Said said, const std::string& text = "", int code = 0, bool loud = false) {
  return [=](const Connection& connection) {
    connection.read_request();
    connection.reply(said, text, code, loud);
  };
}

const std::string kNotFoundLine = std::string(protocol::kNotFound) + "\n";

bool system_is_configured() {
  const bool configured = std::filesystem::exists("/etc/scoped");
  if (configured) WARN("SKIPPED: this machine has an /etc/scoped");
  return configured;
}

TEST_CASE("usage and version are answered without asking anybody, and stdin is drained", "[front]") {
  struct Row {
    std::string action;
    int code;
    std::string start;
  };
  const auto row = GENERATE(values<Row>({
      {"", 1, "Usage: docker-credential-scoped <store|get|erase|list|version>\n"},
      {"--help", 0, "Usage: docker-credential-scoped <store|get|erase|list|version>\n"},
      {"version", 0, "docker-credential-scoped (docker-credential-scoped) "},
      {"GET", 1, "docker-credential-scoped: unknown action: GET\n"},
  }));
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::not_mine)});
  const Finished finished = scene.run(row.action, std::string(60'000, 'x'));
  CHECK(finished.code == row.code);
  CHECK(finished.out.starts_with(row.start));
  CHECK(finished.err.empty());
  CHECK(finished.unread == 0);
  CHECK(server.connections() == 0);
}

TEST_CASE("an agent's answer is printed as it came", "[front]") {
  const Scene scene;
  SECTION("credentials") {
    const BrokerServer server(scene.socket(), {reply(broker::Said::answer, "{\"ServerURL\":\"h\"}\n")});
    const Finished finished = scene.run("get", "h\n");
    CHECK(finished.code == 0);
    CHECK(finished.out == "{\"ServerURL\":\"h\"}\n");
    CHECK(finished.err.empty());
  }
  SECTION("a failure of a managed registry goes to stderr as well") {
    const BrokerServer server(scene.socket(), {reply(broker::Said::answer, "no password\n", 1, true)});
    const Finished finished = scene.run("get", "h\n");
    CHECK(finished.code == 1);
    CHECK(finished.out == "no password\n");
    CHECK(finished.err == "no password\n");
  }
  SECTION("exit codes are 0 and 1, whatever the agent says") {
    const BrokerServer server(scene.socket(), {reply(broker::Said::answer, "x\n", 77)});
    CHECK(scene.run("get", "h\n").code == 1);
  }
}

TEST_CASE("an agent is sent the input as it came, and the profile", "[front]") {
  const Scene scene;
  std::vector<broker::Request> heard;
  {
    const BrokerServer server(scene.socket(), {[&](const Connection& connection) {
                                if (auto request = connection.read_request())
                                  heard.push_back(std::move(*request));
                                connection.reply(broker::Said::answer, "{}\n");
                              }});
    scene.run("get", " host\r\n");
    scene.run("get", "host", {"SCOPED_PROFILE=from-environment"});
    scene.run_as("/x/docker-credential-scoped-ci", "get", "host", {"SCOPED_PROFILE=from-environment"});
    scene.run_as("kubelet-credential-scoped", "", "{\"image\":\"i\"}");
  }
  REQUIRE(heard.size() == 4);
  CHECK(heard[0].input.reveal() == " host\r\n");
  CHECK(heard[0].verb == "get");
  CHECK(heard[0].kind == broker::Kind::docker);
  CHECK(heard[0].profile.empty());
  CHECK(heard[1].profile == "from-environment");
  CHECK(heard[2].profile == "ci");
  CHECK(heard[3].kind == broker::Kind::kubelet);
  CHECK(heard[3].verb == "get");
  CHECK(heard[3].input.reveal() == "{\"image\":\"i\"}");
}

TEST_CASE("a miss is the exact text, and no other program is started", "[front]") {
  if (system_is_configured()) return;
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::not_mine)});
  const Finished finished = scene.run("get", "other.example\n");
  CHECK(finished.code == 1);
  CHECK(finished.out == kNotFoundLine);
  CHECK(finished.err.empty());
}

TEST_CASE("scoped-fetch decides what a miss is where it has something to read", "[front]") {
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::not_mine)});
  CHECK(scene.run("get", "h", {"SCOPED_CONFIG=/none"}).out ==
        scene.fetched("get --asked=user:not-mine --deadline=MS", "h"));
}

TEST_CASE("without an agent scoped-fetch is handed the request", "[front]") {
  const Scene scene;
  const Finished finished = scene.run_as("docker-credential-scoped-ci", "get", "host\n");
  CHECK(finished.code == 1);
  CHECK(finished.out == scene.fetched("get --profile=ci --asked=user:absent --deadline=MS", "host\n"));
  CHECK(finished.err.empty());
}

TEST_CASE("scoped-fetch is told of an agent that did not answer", "[front]") {
  const Scene scene;
  const BrokerServer server(scene.socket(),
                            {[](const Connection& connection) { connection.read_request(); }});
  CHECK(scene.run("get", "host").out == scene.fetched("get --asked=user:no-answer --deadline=MS", "host"));
}

TEST_CASE("store, erase and list go to scoped-fetch, whoever listens", "[front]") {
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::answer, "{}\n")});
  const std::string login =
      R"({"ServerURL":"h","Username":"u","Secret":")" + std::string(50'000, 's') + "\"}";
  CHECK(scene.run("store", login).out == scene.fetched("store --deadline=MS", login));
  CHECK(scene.run("erase", "h\n").out == scene.fetched("erase --deadline=MS", "h\n"));
  CHECK(scene.run("list", "unused").out == scene.fetched("list --deadline=MS", "unused"));
  CHECK(server.connections() == 0);
}

TEST_CASE("a missing scoped-fetch is one line that says where it was looked for", "[front]") {
  const Scene scene(false);
  const Finished finished = scene.run("get", "host");
  CHECK(finished.code == 1);
  CHECK(finished.out.starts_with("no agent answers, and scoped-fetch cannot be started from '" +
                                 (scene.folder / "bin") + "' or '"));
  CHECK(std::count(finished.out.begin(), finished.out.end(), '\n') == 1);
  CHECK(finished.err.empty());
  CHECK(finished.unread == 0);
}

TEST_CASE("kubelet is told of no credentials in its own words", "[front]") {
  if (system_is_configured()) return;
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::not_mine)});
  const std::string request =
      R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"i"})";
  const Finished finished = scene.run("kubelet", request);
  CHECK(finished.code == 0);
  CHECK(finished.out == std::string(protocol::kKubeletNothing) + "\n");
  CHECK(finished.err.empty());
}

TEST_CASE("a version of kubelet's protocol that the front does not know goes to scoped-fetch", "[front]") {
  const Scene scene;
  const BrokerServer server(scene.socket(), {reply(broker::Said::not_mine)});
  const std::string request = R"({"apiVersion":"credentialprovider.kubelet.k8s.io/v1beta1","image":"i"})";
  CHECK(scene.run_as("kubelet-credential-scoped", "", request).out ==
        scene.fetched("get --kubelet --asked=user:not-mine --deadline=MS", request));
}

TEST_CASE("a closed stdin is an empty request, and no descriptor of ours takes its place", "[front]") {
  const Scene scene;
  test::Spawn shell{"/bin/sh", {"sh", "-c", "exec \"$0\" get <&- 2>&-", scene.program()}, {}, ""};
  shell.environment = {"SCOPED_AGENT_SOCKET=" + scene.socket(), "ASAN_OPTIONS=detect_leaks=0"};
  std::optional<broker::Request> heard;
  {
    const BrokerServer server(scene.socket(), {[&](const Connection& connection) {
                                heard = connection.read_request();
                                connection.reply(broker::Said::answer, "none\n", 1, true);
                              }});
    CHECK(test::run(shell).out == "none\n");
  }
  REQUIRE(heard);
  CHECK(heard->input.empty());
}

TEST_CASE("a profile that fits into no frame is cut, so that it harms managed registries only", "[front]") {
  const Scene scene;
  const Finished finished = scene.run("erase", "host", {"SCOPED_PROFILE=" + std::string(256, 'p')});
  CHECK(finished.out == scene.fetched("erase --profile=" + std::string(255, 'p') + " --deadline=MS", "host"));
}

TEST_CASE("where helpers can meet, scoped-fetch is told at which socket the others wait", "[front]") {
  const Scene scene;
  const std::filesystem::path place = scene.folder / ".local/state/scoped";
  std::filesystem::create_directories(place);
  std::filesystem::permissions(place, std::filesystem::perms::owner_all);
  CHECK(scene.run("get", "reg.azurecr.io").out.find(" --joint=") != std::string::npos);
  for (const char* verb : {"store", "erase", "list"})
    CHECK(scene.run(verb, "reg.azurecr.io").out.find(" --joint=") == std::string::npos);
}

}  // namespace
}  // namespace scoped::front
