// Not tested here: commands that need a registry (tests/integration).
#include "agent/ctl/run.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/ctl/fake_console.h"
#include "tests/unit/ctl/scene.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

struct Finished {
  int code = 0;
  std::string out;
  std::vector<std::string> lines;
};

// A user's home in a folder of the test's own, with the configuration given as text.
class Home {
 public:
  explicit Home(const std::string& text = "") {
    if (!text.empty()) spill(config(), text);
    chmod(config().c_str(), 0644);
  }
  std::string config() const { return folder_ / "config.json"; }

  Finished run(const std::vector<std::string>& arguments) const {
    const FixedEnvironment environment(
        {{"HOME", folder_.path()}, {"XDG_STATE_HOME", folder_ / "state"}, {"SCOPED_CONFIG", config()}},
        geteuid());
    const FakeClock clock;
    SeededRandom random;
    FakeConsole console;
    Stop stop;
    const int code = run_program(arguments, {environment, clock, random, console, stop});
    return {code, console.out, console.lines};
  }

 private:
  TemporaryFolder folder_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("help and version need no configuration and go to standard output", "[ctl]") {
  const Home home("nonsense");
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--help"},
                                                                     {"-h"},
                                                                     {"--version"},
                                                                     {"help"},
                                                                     {"help", "token"},
                                                                     {"help", "token", "create"},
                                                                     {"token", "--help"},
                                                                     {"token", "create", "--help"},
                                                                     {"status", "-h"},
                                                                     {"completion", "bash"}}) {
    INFO(arguments.back());
    const Finished done = home.run(arguments);
    CHECK(done.code == 0);
    CHECK_FALSE(done.out.empty());
    CHECK(done.lines.empty());
  }
  CHECK(home.run({"help", "token", "create"}).out == home.run({"token", "create", "--help"}).out);
  CHECK(home.run({"help", "token"}).out == home.run({"token", "--help"}).out);
}

TEST_CASE("a wrong command line exits with 2 and one line, never the whole help", "[ctl]") {
  const Home home("nonsense");  // not even read
  for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                     {"nothing"},
                                                                     {"token"},
                                                                     {"token", "create"},
                                                                     {"status", "--colour"},
                                                                     {"help", "nothing"},
                                                                     {"help", "token", "crate"}}) {
    const Finished done = home.run(arguments);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    REQUIRE(done.lines.size() == 1);
    CHECK(done.lines[0].starts_with("scopedctl: "));
  }
}

TEST_CASE("a configuration with problems exits with 78, one line each, and nothing is done", "[ctl]") {
  const Home home("{\n \"registries\": {\"a.io\": {\"defualt_token\": \"t\"}},\n \"wrong\": 1\n}\n");
  const Finished done = home.run({"init"});
  CHECK(done.code == 78);
  CHECK(done.out.empty());
  REQUIRE(done.lines.size() == 2);
  for (const std::string& line : done.lines) CHECK(line.starts_with(home.config() + ":"));
  CHECK(has(done.lines[0], "default_token"));
}

TEST_CASE("--config stands before or behind the command and wins over the environment", "[ctl]") {
  const Home home("nonsense");
  const TemporaryFolder other;
  spill(other / "c.json", "{}");
  chmod((other / "c.json").c_str(), 0644);
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--config", other / "c.json", "status"},
                                             {"--config=" + (other / "c.json"), "status"},
                                             {"status", "--config", other / "c.json"}}) {
    const Finished done = home.run(arguments);
    CHECK(done.code == 0);
    CHECK(has(done.out, "no tokens are configured"));
  }
}

TEST_CASE("init makes a store once and leaves it alone ever after", "[ctl]") {
  const Home home("{}");
  const Finished first = home.run({"init"});
  CHECK(first.code == 0);
  CHECK(has(first.out, "store 'default' (sealed_file, '"));
  CHECK(has(first.out, ": made\n"));
  const Finished second = home.run({"init", "-o", "json"});
  CHECK(second.code == 0);
  CHECK(json::parse(second.out).value().at({"stores"})->array()->size() == 1);
  CHECK(has(home.run({"init", "default"}).out, "already initialised"));
  const Finished unknown = home.run({"init", "vault"});
  CHECK(unknown.code == 1);
  CHECK(has(unknown.lines.at(0), "no store 'vault'"));
}

TEST_CASE("commands on an empty configuration say that no registry is configured", "[ctl]") {
  const Home home("{}");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"token", "list"}, {"rotate", "h/t"}, {"import", "h"}, {"token", "create", "-n", "ci-main"}}) {
    const Finished done = home.run(arguments);
    CHECK(done.code == 78);
    REQUIRE(done.lines.size() == 1);
    CHECK(has(done.lines[0], "no registry is configured (read: '" + home.config()));
  }
}

TEST_CASE("a token that is not configured exits with 78 and the object to add", "[ctl]") {
  const Home home(R"({"registries": {"a.azurecr.io": {"tokens": {"ci-main": {}}}}})");
  const Finished done = home.run({"token", "create", "--name", "stranger", "--scope-map", "m"});
  CHECK(done.code == 78);
  REQUIRE(done.lines.size() == 1);
  CHECK(has(done.lines[0], R"({"tokens":{"stranger":{"scope_map":"m"}}})"));
}

TEST_CASE("a registry that is not managed here is shown by its records", "[ctl]") {
  const Home home(R"({"registries": {"a.azurecr.io": {"tokens": {"ci-main": {}}}}})");
  REQUIRE(home.run({"init"}).code == 0);
  const Finished done = home.run({"status"});
  CHECK(done.code == 0);
  CHECK(has(done.out, "problem: a.azurecr.io/ci-main: no record"));
  CHECK(home.run({"status", "--check"}).code == 3);
  const Finished create = home.run({"token", "create", "-n", "ci-main", "--scope-map", "m"});
  CHECK(create.code == 1);
  CHECK(has(create.lines.at(0), "has no 'control' in the configuration"));
}

TEST_CASE("every kind of error has an exit code", "[ctl]") {
  CHECK(exit_of(ErrorCode::configuration) == Exit::configuration);
  for (ErrorCode code : {ErrorCode::invalid_input, ErrorCode::not_found, ErrorCode::denied,
                         ErrorCode::unavailable, ErrorCode::cancelled, ErrorCode::internal})
    CHECK(exit_of(code) == Exit::failed);
}
