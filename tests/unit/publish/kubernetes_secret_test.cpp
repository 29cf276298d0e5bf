// The publisher's requests, and its settings. Not tested here: what an API server makes of them
// (tests/kubernetes), each plan (pull_secret_test.cpp).
#include "agent/publish/publisher.h"
#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/temporary_folder.h"

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::test;

namespace {

const std::string kServer = "https://10.0.0.1:443";
const std::string kSecretA = kServer + "/api/v1/namespaces/team-a/secrets/acr-pull";
const std::string kApplyA = "PATCH " + kSecretA + "?fieldManager=scoped-agent&force=false";

std::string secret_json(const std::string& space, const std::string& version = "7") {
  return R"({"metadata": {"name": "acr-pull", "namespace": ")" + space + R"(", "resourceVersion": ")" +
         version + R"("}, "type": "kubernetes.io/dockerconfigjson"})";
}

struct Scene {
  Scene() {
    REQUIRE(write_file_atomically(folder.path() + "/token", "t1", 0600));
    REQUIRE(write_file_atomically(folder.path() + "/ca.crt", "-----BEGIN", 0600));
    settings.name = "pods";
    settings.type = "kubernetes_secret";
    settings.origin = {"c", 4, false};
    settings.values = {{"token", "r.io/blue"}, {"secret", "acr-pull"}, {"service_account", folder.path()}};
  }
  Result<std::unique_ptr<Publisher>> make() {
    return make_publisher(settings,
                          {environment, clock, [this]() -> Result<net::Transport*> { return &transport; }});
  }
  Result<std::vector<Consumer>> publish() {
    const auto publisher = make();
    REQUIRE(publisher);
    return (*publisher)->publish({{"r.io", "blue"}, 3, "blue", Secret("secret")});
  }
  std::string problem() {
    const auto consumers = publish();
    if (!consumers) return consumers.error().line();
    for (const Consumer& each : *consumers)
      if (each.problem) return each.problem->line();
    return "none";
  }
  void in(std::vector<std::string> namespaces) { settings.values["namespaces"] = std::move(namespaces); }

  TemporaryFolder folder;
  FixedEnvironment environment{{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}};
  FakeClock clock;
  FakeTransport transport;
  config::Typed settings;
};

std::string wrong_settings(const std::map<std::string, config::SettingValue>& more) {
  Scene scene;
  for (const auto& [key, value] : more) scene.settings.values[key] = value;
  const auto made = scene.make();
  return made ? "none" : made.error().line();
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("settings that contradict each other are told with their place", "[publish]") {
  CHECK(wrong_settings({}) == "c:4: publisher 'pods': set either 'namespaces' or 'namespace_selector'");
  CHECK(wrong_settings({{"namespaces", Texts{"a"}}, {"namespace_selector", "x=y"}}) ==
        "c:4: publisher 'pods': set either 'namespaces' or 'namespace_selector'");
  CHECK(wrong_settings({{"namespaces", Texts{"Team"}}}).find("'Team' in 'namespaces' is no name") !=
        std::string::npos);
  CHECK(wrong_settings({{"namespaces", Texts{"a"}}, {"secret", "../x"}}).find("'secret' is no name") !=
        std::string::npos);
  CHECK(wrong_settings({{"namespaces", Texts{"a"}}, {"context", "x"}}) ==
        "c:4: publisher 'pods': 'context' needs 'kubeconfig'");
  CHECK(wrong_settings({{"namespaces", Texts{"a"}}}) == "none");
}

TEST_CASE("a named namespace costs a look and a write", "[publish]") {
  Scene scene;
  scene.in({"team-a"});
  scene.transport.answer("GET " + kSecretA, {404, "{}"});
  scene.transport.answer(kApplyA, {201, "{}"});
  const auto consumers = scene.publish();
  REQUIRE(consumers);
  REQUIRE(consumers->size() == 1);
  CHECK(consumers->front().name == "team-a/acr-pull");
  CHECK(consumers->front().changed);
  const auto sent = scene.transport.sent();
  REQUIRE(sent.size() == 2);
  CHECK(sent[1].content_type == "application/apply-patch+yaml");
  CHECK(sent[1].header("Authorization") == "Bearer t1");
}

TEST_CASE("namespaces by label cost two lists and a write each", "[publish]") {
  Scene scene;
  scene.settings.values["namespace_selector"] = "team=blue";
  const std::string spaces = "GET " + kServer + "/api/v1/namespaces?labelSelector=team%3Dblue&limit=200";
  scene.transport.answer(spaces, {200, R"({"items": [{"metadata": {"name": "team-b"}},
    {"metadata": {"name": "gone"}, "status": {"phase": "Terminating"}}], "metadata": {"continue": "next"}})"});
  scene.transport.answer(spaces + "&continue=next",
                         {200, R"({"items": [{"metadata": {"name": "team-a"}}]})"});
  scene.transport.answer(
      "GET " + kServer + "/api/v1/secrets?fieldSelector=metadata.name%3Dacr-pull&limit=200",
      {200, R"({"items": [)" + secret_json("team-a") + "," + secret_json("elsewhere") + "]}"});
  scene.transport.handle([](const SentRequest& sent) -> Result<Answer> {
    return Answer{sent.method == "PATCH" ? 200 : 500, "{}"};
  });
  const auto consumers = scene.publish();
  REQUIRE(consumers);
  REQUIRE(consumers->size() == 2);
  CHECK((*consumers)[0].name == "team-a/acr-pull");
  CHECK((*consumers)[1].name == "team-b/acr-pull");
  CHECK(scene.transport.sent().size() == 5);
}

TEST_CASE("what changed between look and write is looked at again, but not for ever", "[publish]") {
  Scene scene;
  scene.in({"team-a"});
  scene.transport.answer("GET " + kSecretA, {200, secret_json("team-a", "7")});
  scene.transport.answer("GET " + kSecretA, {200, secret_json("team-a", "8")});
  scene.transport.answer(kApplyA, {409, "{}"});
  scene.transport.answer(kApplyA, {200, "{}"});
  CHECK(scene.problem() == "none");
  CHECK(scene.transport.sent().back().body.find("\"resourceVersion\":\"8\"") != std::string::npos);
  scene.transport.forget();
  Scene other;
  other.in({"team-a"});
  other.transport.answer("GET " + kSecretA, {200, secret_json("team-a")});
  other.transport.answer(kApplyA, {409, "{}"});
  CHECK(other.problem() == "secret 'team-a/acr-pull': somebody else has changed it at the same time");
  CHECK(other.transport.sent().size() == 6);
}

TEST_CASE("a token that ended just now is read again once", "[publish]") {
  Scene scene;
  scene.in({"team-a"});
  scene.transport.answer("GET " + kSecretA, {401, "{}"});
  scene.transport.answer("GET " + kSecretA, {404, "{}"});
  scene.transport.answer(kApplyA, {201, "{}"});
  CHECK(scene.problem() == "none");
  Scene stranger;
  stranger.in({"team-a"});
  stranger.transport.answer("GET " + kSecretA, {401, "{}"});
  CHECK(stranger.problem().find("the API server does not know us: renew") != std::string::npos);
  CHECK(stranger.transport.sent().size() == 2);
}

TEST_CASE("a refusal names the remedy, and the other namespaces get theirs", "[publish]") {
  Scene scene;
  scene.in({"team-a", "team-b"});
  scene.transport.answer("GET " + kSecretA, {403, "{}"});
  scene.transport.handle([](const SentRequest& sent) -> Result<Answer> {
    return sent.method == "GET" ? Answer{404, "{}"} : Answer{201, "{}"};
  });
  const auto consumers = scene.publish();
  REQUIRE(consumers);
  REQUIRE((*consumers)[0].problem);
  CHECK((*consumers)[0].problem->line() ==
        "secret 'team-a/acr-pull': the API server does not let us 'get' it: apply the role of "
        "packaging/kubernetes for it");
  CHECK_FALSE((*consumers)[1].problem);
  CHECK((*consumers)[1].changed);
}

TEST_CASE("a namespace that is not there and a server that is busy are told", "[publish]") {
  Scene scene;
  scene.in({"team-a"});
  scene.transport.answer("GET " + kSecretA, {404, "{}"});
  scene.transport.answer(kApplyA, {404, "{}"});
  CHECK(scene.problem() ==
        "secret 'team-a/acr-pull': there is no namespace 'team-a': make it, or take it out "
        "of 'namespaces'");
  Scene busy;
  busy.in({"team-a"});
  busy.transport.answer("GET " + kSecretA, {429, "{}", {{"Retry-After", "7"}}});
  const auto consumers = busy.publish();
  REQUIRE(consumers);
  REQUIRE(consumers->front().problem);
  CHECK(consumers->front().problem->code() == ErrorCode::unavailable);
  CHECK(consumers->front().problem->retry_after() == std::chrono::seconds(7));
}
