// Kubelet's requests through the engine. Not tested here: the form of requests and answers
// (tests/unit/protocol), how long they may be kept (grant_test), waiting for the store (engine_test).
#include "common/answer/engine.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using test::found;
using test::make_record;

const std::string kV1 = "credentialprovider.kubelet.k8s.io/v1";

std::string request_for(const std::string& image, const std::string& version = kV1) {
  return R"({"kind":"CredentialProviderRequest","apiVersion":")" + version + R"(","image":")" + image +
         "\"}\n";
}

std::string answer_with(const std::string& auth, const std::string& kept = "10m0s",
                        const std::string& version = kV1) {
  return R"(0 {"kind":"CredentialProviderResponse","apiVersion":")" + version +
         R"(","cacheKeyType":"Image","cacheDuration":")" + kept + R"(","auth":{)" + auth + "}}\n";
}

record::Record rotated(const std::string& token) {
  record::Record record = make_record(token, "pass-2");
  record.previous = record::Previous{make_record(token, "pass-1").current.value().clone(), std::nullopt};
  record.previous->password.slot = record::kPassword2;
  return record;
}

// "EXIT TEXT", with "!" before it when it goes to stderr as well.
std::string say(const Answer& answer) {
  if (answer.not_mine) return "not mine";
  return (answer.also_stderr ? "!" : "") + std::to_string(answer.exit_code) + " " +
         std::string(answer.text.reveal());
}

struct World {
  test::FakeClock clock;
  config::Config configuration = test::make_config({"puller", "builder"});
  Permissions permissions;
  Copies copies{60s};
  Engine engine{configuration, permissions, copies};

  Now now() const { return {clock.now(), clock.boot_now()}; }
  std::variant<Answer, Load> begin(const std::string& input, const std::string& profile = "",
                                   Caller caller = {0, {0}, true}) {
    return engine.begin({"get", profile, input, std::move(caller), kubelet_form()}, now());
  }
  std::string ask(const std::string& input, const std::string& profile = "", Caller caller = {0, {0}, true}) {
    auto begun = begin(input, profile, std::move(caller));
    if (const auto* load = std::get_if<Load>(&begun)) return "load " + load->name.display();
    return say(std::get<Answer>(begun));
  }
  void hold(record::Record record) {
    const record::RecordName name = record.name();
    copies.take(name, found(std::move(record)), clock.now(), clock.boot_now());
  }
  void limit(const std::string& token, std::vector<std::string> repositories) {
    test::registry_of(configuration).tokens[token] = test::make_token(std::move(repositories));
  }
};

TEST_CASE("kubelet is given the current password first and the previous one second", "[answer]") {
  World world;
  world.hold(rotated("puller"));
  CHECK(world.ask(request_for("reg.azurecr.io/team/app")) ==
        answer_with(R"("reg.azurecr.io/team/app":{"username":"puller","password":"pass-2"},)"
                    R"("reg.azurecr.io/team/ap":{"username":"puller","password":"pass-1"})"));
  world.hold(make_record("puller"));
  CHECK(world.ask(request_for("reg.azurecr.io/team/app:1.2")) ==
        answer_with(R"("reg.azurecr.io/team/app":{"username":"puller","password":"pass-1"})"));
}

TEST_CASE("kubelet is answered in the version that it sent", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  for (const std::string& version : {kV1, kV1 + "beta1", kV1 + "alpha1"})
    CHECK(world.ask(request_for("reg.azurecr.io/a", version)) ==
          answer_with(R"("reg.azurecr.io/a":{"username":"puller","password":"pass-1"})", "10m0s", version));
}

TEST_CASE("kubelet keeps an answer no longer than the copy behind it", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(std::chrono::days(7) - 90s);
  auto begun = world.begin(request_for("reg.azurecr.io/a"));
  REQUIRE(std::holds_alternative<Load>(begun));
  const Load& load = std::get<Load>(begun);
  const std::string auth = R"("reg.azurecr.io/a":{"username":"puller","password":"pass-1"})";
  CHECK(say(world.engine.finish(load, nullptr, world.now())) == answer_with(auth, "1m30s"));

  const auto loaded = found(make_record("puller"));
  world.copies.take(load.name, loaded, world.clock.now(), world.clock.boot_now());
  CHECK(say(world.engine.finish(load, &loaded, world.now())) == answer_with(auth));
}

TEST_CASE("a password that is due to expire is not kept by kubelet", "[answer]") {
  World world;
  world.clock.step_wall(test::at("2026-03-31T23:00:00Z") - world.clock.now());  // hold is 8 h
  auto begun = world.begin(request_for("reg.azurecr.io/a"));
  REQUIRE(std::holds_alternative<Load>(begun));
  const auto loaded = found(make_record("puller"));
  CHECK(say(world.engine.finish(std::get<Load>(begun), &loaded, world.now())) ==
        answer_with(R"("reg.azurecr.io/a":{"username":"puller","password":"pass-1"})", "0s"));
}

TEST_CASE("the image's repository chooses the token, as a repository key does", "[answer]") {
  World world;
  world.limit("builder", {"team/*"});
  CHECK(world.ask(request_for("REG.azurecr.io:443/team/app")) == "load reg.azurecr.io/builder");
  CHECK(world.ask(request_for("reg.azurecr.io/other")) == "load reg.azurecr.io/puller");
  world.configuration.profiles["ci"] = {{test::kHost, "builder"}};
  CHECK(world.ask(request_for("reg.azurecr.io/other"), "ci") == "load reg.azurecr.io/builder");
}

TEST_CASE("short names are Docker Hub's", "[answer]") {
  World world;
  config::Registry hub;
  hub.host = "docker.io";
  hub.default_token = "hub";
  hub.tokens["hub"] = test::make_token();
  world.configuration.registries["docker.io"] = std::move(hub);
  for (const char* image : {"nginx", "team/app", "docker.io/library/nginx", "index.docker.io/nginx"})
    CHECK(world.ask(request_for(image)) == "load docker.io/hub");
}

TEST_CASE("an image of another registry, or no image's name, is not ours", "[answer]") {
  World world;
  for (const char* image :
       {"ghcr.io/app", "nginx", "reg.azurecr.io.example.com/app", "reg.azurecr.io:5000/app", "reg.azurecr.io",
        "reg.azurecr.io/", "https://reg.azurecr.io/app", "no name"})
    CHECK(world.ask(request_for(image)) == "not mine");
}

TEST_CASE("where no token fits the image, the registry's own choice is made at once", "[answer]") {
  World world;
  world.limit("puller", {"a/*"});
  world.limit("builder", {"a/*"});
  CHECK(world.ask(request_for("reg.azurecr.io/a/b")) == "load reg.azurecr.io/puller");  // a tie: the default
  test::registry_of(world.configuration).default_token.clear();
  const std::string refused =
      "!1 'reg.azurecr.io': more than one token fits ('builder', 'puller'): choose one with a profile "
      "($SCOPED_PROFILE) or set 'default_token'\n";
  CHECK(world.ask(request_for("reg.azurecr.io/a/b")) == refused);
  CHECK(world.ask(request_for("reg.azurecr.io/c")) == refused);
  CHECK(world.ask(request_for("reg.azurecr.io/a/b"), "unknown") ==
        "!1 'reg.azurecr.io': there is no profile 'unknown' in the configuration: ask without one\n");
}

TEST_CASE("root may use every token, others what they are allowed", "[answer]") {
  World world;
  world.limit("builder", {"team/*"});
  world.permissions[test::name_of("builder")] = {{1001}, {}};
  CHECK(world.ask(request_for("reg.azurecr.io/team/a")) == "load reg.azurecr.io/builder");
  CHECK(world.ask(request_for("reg.azurecr.io/team/a"), "", test::plain_caller(1001)) ==
        "load reg.azurecr.io/builder");
  CHECK(world.ask(request_for("reg.azurecr.io/team/a"), "", test::plain_caller(1002)) ==
        "load reg.azurecr.io/puller");
}

TEST_CASE("kubelet hears of every failure on stderr, in one line", "[answer]") {
  World world;
  CHECK(
      world.ask("{}") ==
      "!1 not a CredentialProviderRequest of credentialprovider.kubelet.k8s.io v1, v1beta1 or v1alpha1 with "
      "an image\n");
  auto begun = world.begin(request_for("reg.azurecr.io/a"));
  REQUIRE(std::holds_alternative<Load>(begun));
  const auto loaded = test::failed(store::LoadState::unavailable);
  CHECK(say(world.engine.finish(std::get<Load>(begun), &loaded, world.now())) ==
        "!1 'reg.azurecr.io/puller': the store did not answer: why: try again\n");
}

}  // namespace
}  // namespace scoped::answer
