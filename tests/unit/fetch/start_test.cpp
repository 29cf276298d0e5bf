// Not tested here: the handover's own grammar (tests/unit/broker).
#include "helper/fetch/start.h"

#include "tests/support/catch.h"

namespace scoped::fetch {
namespace {

TEST_CASE("under its own name it takes what the front hands over", "[fetch]") {
  const Start start =
      read_start({"/usr/libexec/x/scoped-fetch", "store", "--profile=ci", "--asked=user:absent"});
  CHECK(start.text.empty());
  CHECK(start.handover.verb == "store");
  CHECK(start.handover.profile == "ci");
  CHECK(start.handover.asked == std::vector<broker::Hearing>{{broker::Level::user, broker::Heard::absent}});
  CHECK(start.needs_input);
  CHECK_FALSE(read_start({"scoped-fetch", "list"}).needs_input);
}

TEST_CASE("under its own name it refuses in one line what no front hands over", "[fetch]") {
  for (const std::vector<std::string_view>& arguments : {std::vector<std::string_view>{},
                                                         {"scoped-fetch"},
                                                         {"scoped-fetch", "version"},
                                                         {"scoped-fetch", "get", "-x"}}) {
    const Start start = read_start(arguments);
    CHECK(start.exit_code == 1);
    CHECK(std::count(start.text.begin(), start.text.end(), '\n') == 1);
  }
}

TEST_CASE("under the helper's name it follows the reference", "[fetch]") {
  struct Row {
    std::vector<std::string_view> arguments;
    std::string text;
    int exit_code;
  };
  const std::string usage = "Usage: docker-credential-scoped <store|get|erase|list|version>\n";
  const std::string version = "docker-credential-scoped (docker-credential-scoped) " SCOPED_VERSION "\n";
  const std::string_view name = "/usr/bin/docker-credential-scoped";
  const Row rows[] = {
      {{name}, usage, 1},
      {{name, "get", "extra"}, usage, 1},
      {{name, "--help"}, usage, 0},
      {{name, "-h"}, usage, 0},
      {{name, "--version"}, version, 0},
      {{name, "-v"}, version, 0},
      {{name, "version"}, version, 0},
      {{name, "GET"}, "docker-credential-scoped: unknown action: GET\n", 1},
      {{name, ""}, "docker-credential-scoped: unknown action: \n", 1},
  };
  for (const Row& row : rows) {
    const Start start = read_start(row.arguments);
    CHECK(start.text == row.text);
    CHECK(start.exit_code == row.exit_code);
  }
  const Start get = read_start({name, "get"});
  CHECK(get.text.empty());
  CHECK(get.handover.verb == "get");
  CHECK(get.handover.profile.empty());
}

TEST_CASE("what follows the helper's name is the profile", "[fetch]") {
  CHECK(read_start({"docker-credential-scoped-ci-main", "get"}).handover.profile == "ci-main");
  CHECK(read_start({"docker-credential-scoped-", "get"}).handover.profile.empty());
  CHECK(read_start({"docker-credential-scopedx", "get"}).handover.profile.empty());
  CHECK(read_start({"docker-credential-scoped-ci", "-v"}).text.starts_with("docker-credential-scoped-ci ("));
}

}  // namespace
}  // namespace scoped::fetch
