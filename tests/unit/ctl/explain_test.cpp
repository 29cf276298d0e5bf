// Not tested here: that the real helper answers the same (tests/integration/explain.py).
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

constexpr const char* kText = R"({
  "registries": {"myregistry.azurecr.io": {
    "default_token": "puller",
    "tokens": {
      "puller": {},
      "builder": {"repositories": ["team/*"], "allow": {"users": ["root"]}}
    }
  }},
  "profiles": {"ci": {"myregistry.azurecr.io": "builder"}}
}
)";

struct Finished {
  int code = 0;
  std::string out;
  std::vector<std::string> lines;

  std::string all() const {
    std::string text = out;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
};

class Home {
 public:
  explicit Home(const std::string& text = kText) {
    spill(config(), text);
    chmod(config().c_str(), 0644);
    variables["HOME"] = folder_.path();
    variables["SCOPED_CONFIG"] = config();
  }
  std::string config() const { return folder_ / "config.json"; }

  Finished explain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "explain");
    const FixedEnvironment environment(variables, geteuid(), getegid());
    const FakeClock clock;
    SeededRandom random;
    FakeConsole console;
    Stop stop;
    const int code = run_program(arguments, {environment, clock, random, console, stop});
    return {code, console.out, console.lines};
  }

  std::map<std::string, std::string> variables;

 private:
  TemporaryFolder folder_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("explain takes a key in any spelling and names the file and line of its registry", "[ctl]") {
  const Home home;
  for (const char* key :
       {"myregistry.azurecr.io", "HTTPS://MyRegistry.azurecr.io:443/v2/", " myregistry.azurecr.io/ "}) {
    CAPTURE(key);
    const Finished done = home.explain({key});
    CHECK(done.code == 0);
    CHECK(done.lines.empty());
    CHECK(has(done.out, "read as        registry 'myregistry.azurecr.io'\n"));
    CHECK(has(done.out, "configured at  " + home.config() + ":2 (a user's own)\n"));
    CHECK(has(done.out, "answer         the password of token 'puller'\n"));
  }
}

TEST_CASE("explain takes the profile from its flag, else from the environment, as the helper does", "[ctl]") {
  Home home;
  CHECK(has(home.explain({"myregistry.azurecr.io", "--profile", "ci"}).out, "token 'builder'"));
  home.variables["SCOPED_PROFILE"] = "ci";
  const Finished done = home.explain({"myregistry.azurecr.io"});
  CHECK(has(done.out, "profile        'ci' ($SCOPED_PROFILE)\n"));
  CHECK(has(done.out, "token 'builder'"));
  CHECK(has(home.explain({"myregistry.azurecr.io", "-p", "none"}).out, "answer         refused: "));
}

TEST_CASE("explain shows what another user would be answered", "[ctl]") {
  const Home home;
  const auto json_of = [&](const std::string& user) {
    return home.explain({"myregistry.azurecr.io/team/app", "--user", user, "-o", "json"}).out;
  };
  CHECK(has(json_of("root"), R"("token": "builder")"));
  CHECK(has(json_of("nobody"), R"("kind": "token",
    "token": "puller")"));
  CHECK(has(json_of("nobody"), R"("reason": "not_allowed")"));
}

TEST_CASE("what is wrong with the command line is a usage error", "[ctl]") {
  const Home home("nonsense");  // not even read
  for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                     {"a.io", "b.io"},
                                                                     {""},
                                                                     {" \n"},
                                                                     {"a.io", "--user", "no-such-user-here"},
                                                                     {"a.io", "-o", "yaml"},
                                                                     {"a.io", "--user"}}) {
    const Finished done = home.explain(arguments);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    CHECK(done.lines.size() == 1);
  }
  CHECK(has(home.explain({"a.io", "--user", "no-such-user-here"}).lines.at(0),
            "there is no user 'no-such-user-here' on this machine"));
}

TEST_CASE("a configuration that the helper could not read either exits with 78", "[ctl]") {
  CHECK(Home("{").explain({"a.io"}).code == 78);
  const Home unknown(
      R"({"registries": {"a.azurecr.io": {"tokens": {"builder": {"allow": {"users": ["no-such-user-here"]}}}}}})");
  const Finished done = unknown.explain({"a.io"});
  CHECK(done.code == 78);
  CHECK(has(done.lines.at(0), "'allow' names unknown user 'no-such-user-here'"));
}

TEST_CASE("what stands in a key beside a registry and a repository is not shown", "[ctl]") {
  const Home home;
  const Finished done = home.explain({"https://alice:canary@myregistry.azurecr.io/"});
  CHECK(done.code == 0);
  CHECK_FALSE(has(done.all(), "canary"));
  CHECK(has(done.out, "key            'https://(cut)@myregistry.azurecr.io/'\n"));
}
