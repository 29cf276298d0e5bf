// Each check finds what it is for, on a patient who is well but for that. Not tested here: how the facts are
// gathered from a machine (tests/packages).
#include "agent/ctl/doctor/check.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/ctl/scene.h"

#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

using namespace scoped;
using ctl::Check;
using ctl::Finding;
using ctl::Patient;
using store::LoadResult;
using store::LoadState;

namespace {

constexpr gid_t kDockerGroup = 99;

LoadResult loaded(std::optional<Instant> expires_at = test::kNow + Seconds(3600)) {
  record::Record record = test::ready();
  record.current->expires_at = expires_at;
  return LoadResult::of({std::move(record), "1"});
}

LoadResult failed(LoadState state) {
  return LoadResult::failed(state, Error(ErrorCode::unavailable, "the store says why"));
}

// Somebody for whom everything works.
struct Scene {
  test::TemporaryFolder home;
  FixedEnvironment environment{
      std::map<std::string, std::string>{{"HOME", home.path()}, {"PATH", home / "bin"}}};
  config::Config config = test::config_of({{"myregistry.azurecr.io", {"ci-main"}}});
  Patient patient{.environment = environment, .host = "myregistry.azurecr.io"};

  Scene() {
    std::filesystem::create_directories(home / "bin");
    std::filesystem::create_directories(home / ".docker");
    test::spill(home / "bin/docker-credential-scoped", "");
    REQUIRE(chmod((home / "bin/docker-credential-scoped").c_str(), 0755) == 0);
    set_docker(R"({"credHelpers":{"myregistry.azurecr.io":"scoped"}})");
    config.registries["myregistry.azurecr.io"].default_token = "ci-main";
    patient.config = &config;
    patient.home_owner = environment.uid();
    patient.sockets = {{"/run/scoped/host/agent.sock", true, 0, kDockerGroup}};
    patient.groups.active = patient.groups.listed = {1000, kDockerGroup};
    patient.groups.name = [](gid_t) { return std::string("docker"); };
    patient.unit_active = true;
    patient.resolve = [] { return Result<>(); };
    patient.reach = [] { return Result<std::optional<Instant>>(test::kNow); };
    patient.now = [] { return test::kNow; };
    patient.load = [] { return loaded(); };
    patient.flaws = [] { return Result<std::vector<store::Flaw>>(std::vector<store::Flaw>()); };
    patient.token_enabled = [] { return Result<std::optional<bool>>(true); };
    patient.login = [] { return Result<std::string>("ci-main"); };
  }

  void set_docker(const std::string& text) const { test::spill(home / ".docker/config.json", text); }
  void use_keyring() {
    config.registries["myregistry.azurecr.io"].store = "keyring";
    config.stores["keyring"].type = "secret_service";
  }
};

struct Break {
  const char* check;
  const char* what;    // part of what is said
  const char* remedy;  // part of the command
  void (*how)(Scene&);
};

const Break kBreaks[] = {
    {"helper", "not on the PATH", "apt install",
     [](Scene& s) { std::filesystem::remove(s.home / "bin/docker-credential-scoped"); }},
    {"other_helper", "acr-env", "--replace",
     [](Scene& s) { s.set_docker(R"({"credHelpers":{"myregistry.azurecr.io":"acr-env"}})"); }},
    {"other_helper", "does not name the helper", "scopedctl configure",
     [](Scene& s) { std::filesystem::remove(s.home / ".docker/config.json"); }},
    {"other_helper", "cannot be read by Docker", "by hand", [](Scene& s) { s.set_docker("{"); }},
    {"configuration", "passed over", "chmod go-w",
     [](Scene& s) { s.patient.passed_over = {"'/h/config.json' is passed over"}; }},
    {"home", "uid 4711", "sudo -H", [](Scene& s) { s.patient.home_owner = 4711; }},
    {"unit", "does not run", "systemctl start", [](Scene& s) { s.patient.unit_active = false; }},
    {"socket", "nobody listens", "systemctl restart",
     [](Scene& s) { s.patient.sockets.front().connect_error = ECONNREFUSED; }},
    {"dns", "no address", "getent",
     [](Scene& s) {
       s.patient.resolve = []() -> Result<> { return fail(ErrorCode::unavailable, "'x' has no address"); };
     }},
    {"tls", "certificate", "ca_file",
     [](Scene& s) {
       s.patient.reach = []() -> Result<std::optional<Instant>> {
         return fail(ErrorCode::unavailable, "the certificate is not believed");
       };
     }},
    {"clock", "60 s behind", "timedatectl",
     [](Scene& s) { s.patient.now = [] { return test::kNow - Seconds(60); }; }},
    {"clock", "31 s ahead of", "timedatectl",
     [](Scene& s) { s.patient.now = [] { return test::kNow + Seconds(31); }; }},
    {"store", "one; two", "mend it; and that",
     [](Scene& s) {
       s.patient.flaws = [] {
         return Result<std::vector<store::Flaw>>(
             std::vector<store::Flaw>{{"one", "mend it"}, {"two", "and that"}});
       };
     }},
    {"record", "no password", "scopedctl import",
     [](Scene& s) { s.patient.load = [] { return LoadResult::absent(); }; }},
    {"record", "the store says why", "scopedctl status",
     [](Scene& s) { s.patient.load = [] { return failed(LoadState::corrupt); }; }},
    {"expiry", "lapsed", "scopedctl rotate",
     [](Scene& s) { s.patient.load = [] { return loaded(test::kNow); }; }},
    {"token", "disabled", "--status enabled",
     [](Scene& s) { s.patient.token_enabled = [] { return Result<std::optional<bool>>(false); }; }},
    {"login", "refused", "SCOPED_DEBUG",
     [](Scene& s) {
       s.patient.login = []() -> Result<std::string> { return fail(ErrorCode::login, "it is refused"); };
     }},
};

std::vector<std::string> wrong_checks(const Scene& scene) {
  std::vector<std::string> names;
  for (const Check& check : ctl::checks())
    if (check.look(scene.patient).state == Finding::State::wrong) names.emplace_back(check.name);
  return names;
}

Finding finding_of(const Scene& scene, std::string_view name) {
  for (const Check& check : ctl::checks())
    if (check.name == name) return check.look(scene.patient);
  FAIL("no such check");
  return {};
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("nothing is wrong with somebody for whom everything works", "[ctl]") {
  Scene scene;
  for (const Check& check : ctl::checks()) {
    INFO(check.name);
    const Finding finding = check.look(scene.patient);
    CHECK(finding.state == Finding::State::fine);
    CHECK_FALSE(finding.what.empty());
  }
}

TEST_CASE("what is broken is found by its check and by no other, with a remedy", "[ctl]") {
  for (const Break& each : kBreaks) {
    INFO(each.check << ": " << each.what);
    Scene scene;
    each.how(scene);
    CHECK(wrong_checks(scene) == std::vector<std::string>{each.check});
    const Finding finding = finding_of(scene, each.check);
    CHECK(contains(finding.what, each.what));
    CHECK(contains(finding.remedy, each.remedy));
  }
}

TEST_CASE("a broken configuration is one finding, and what hangs on it is unknown", "[ctl]") {
  Scene scene;
  scene.patient.config = nullptr;
  scene.patient.problems = {"/etc/scoped/config.json:3: unknown key 'tokns'"};
  CHECK(wrong_checks(scene) == std::vector<std::string>{"configuration"});
  CHECK(finding_of(scene, "record").state == Finding::State::unknown);
}

TEST_CASE("a registry that nobody configured is set up", "[ctl]") {
  Scene scene;
  scene.config.registries.clear();
  CHECK(wrong_checks(scene) == std::vector<std::string>{"configuration"});
  CHECK(contains(finding_of(scene, "configuration").remedy, "scopedctl setup"));
}

TEST_CASE("a socket for a group that one is not in says which group", "[ctl]") {
  Scene scene;
  scene.patient.sockets.front().connect_error = EACCES;
  scene.patient.groups.active = scene.patient.groups.listed = {1000};
  CHECK(wrong_checks(scene) == std::vector<std::string>{"socket"});
  CHECK(contains(finding_of(scene, "socket").remedy, "usermod -aG docker"));
}

TEST_CASE("a group that was joined a moment ago wants a new session", "[ctl]") {
  Scene scene;
  scene.patient.sockets.front().connect_error = EACCES;
  scene.patient.groups.active = {1000};
  CHECK(wrong_checks(scene) == std::vector<std::string>{"socket", "group"});
  CHECK(contains(finding_of(scene, "group").remedy, "newgrp docker"));
}

TEST_CASE("an engine without root wants an agent of its own, not the group of the other engine", "[ctl]") {
  Scene scene;
  scene.patient.rootless_engine = "/run/user/1000/docker.sock";
  CHECK(wrong_checks(scene).empty());
  scene.patient.sockets.front().connect_error = EACCES;
  scene.patient.groups.active = scene.patient.groups.listed = {1000};
  CHECK(wrong_checks(scene) == std::vector<std::string>{"socket", "rootless"});
  CHECK(contains(finding_of(scene, "rootless").remedy, "setup myregistry.azurecr.io --user"));
  scene.patient.sockets.insert(scene.patient.sockets.begin(),
                               {"/run/user/1000/scoped/agent.sock", true, 0, 1000});
  CHECK(wrong_checks(scene).empty());
}

TEST_CASE("a keyring that is locked and one that is not there are told apart", "[ctl]") {
  Scene scene;
  scene.use_keyring();
  CHECK(finding_of(scene, "keyring").state == Finding::State::fine);
  scene.patient.load = [] { return failed(LoadState::locked); };
  CHECK(contains(finding_of(scene, "keyring").remedy, "--unlock"));
  scene.patient.load = [] { return failed(LoadState::unavailable); };
  CHECK(contains(finding_of(scene, "keyring").remedy, "gnome-keyring"));
}

TEST_CASE("without an agent, a service and a control plane nothing is wrong", "[ctl]") {
  Scene scene;
  scene.patient.sockets.clear();
  scene.patient.unit_active.reset();
  scene.patient.token_enabled = [] { return Result<std::optional<bool>>(std::nullopt); };
  CHECK(wrong_checks(scene).empty());
  CHECK(finding_of(scene, "token").state == Finding::State::unknown);
}

TEST_CASE("the names of checks are different, and each has a sentence", "[ctl]") {
  std::vector<std::string_view> names;
  for (const Check& check : ctl::checks()) {
    CHECK(std::find(names.begin(), names.end(), check.name) == names.end());
    names.push_back(check.name);
    CHECK(check.doc.ends_with("."));
  }
}
