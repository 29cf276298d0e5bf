// Not tested here: what is changed in a text (docker_file_test.cpp); what buildx makes of it (reference
// only).
#include "agent/ctl/clients/client_file.h"
#include "agent/ctl/clients/edit.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <filesystem>

using namespace scoped;

namespace {

const ctl::Wanted kApi{.host = "reg.azurecr.io", .helper = "scoped-ci", .repository = "myapp/api"};

Result<std::string> path_in(std::map<std::string, std::string> variables, const ctl::Wanted& wanted,
                            bool system = false) {
  const FixedEnvironment environment(std::move(variables));
  return ctl::rows::buildx_file.path({environment, system, wanted, nullptr});
}

}  // namespace

TEST_CASE("buildx looks for a repository's file below its own folder, Docker's or the home's", "[ctl]") {
  CHECK(path_in({{"HOME", "/h"}}, kApi).value() ==
        "/h/.docker/buildx/config/reg.azurecr.io/myapp/api/config.json");
  CHECK(path_in({{"HOME", "/h"}, {"DOCKER_CONFIG", "/d"}}, kApi).value() ==
        "/d/buildx/config/reg.azurecr.io/myapp/api/config.json");
  CHECK(path_in({{"DOCKER_CONFIG", "/d"}, {"BUILDX_CONFIG", "/b"}}, kApi).value() ==
        "/b/config/reg.azurecr.io/myapp/api/config.json");
  CHECK(path_in({{"BUILDX_CONFIG", "/b"}}, {.host = "reg.azurecr.io"}).value() ==
        "/b/config/reg.azurecr.io/config.json");
}

TEST_CASE("without a home, or for all users, buildx has no file", "[ctl]") {
  CHECK_FALSE(path_in({}, kApi));
  CHECK_FALSE(path_in({{"HOME", "/h"}}, kApi, true));
}

TEST_CASE("Two repositories have a file each, and taking one back leaves the other", "[ctl]") {
  const test::TemporaryFolder home;
  const FixedEnvironment environment{{{"HOME", home.path()}, {"XDG_STATE_HOME", home / "state"}}};
  const ctl::ClientEditor editor(environment, false);
  ctl::Wanted web = kApi;
  web.repository = "myapp/web";
  web.helper = "scoped-web";
  REQUIRE(editor.add(ctl::rows::buildx_file, kApi));
  REQUIRE(editor.add(ctl::rows::buildx_file, web));
  const std::string folder = home / ".docker/buildx/config/reg.azurecr.io/myapp";
  CHECK(test::slurp(folder + "/api/config.json").find("\"reg.azurecr.io\": \"scoped-ci\"") !=
        std::string::npos);
  CHECK(test::slurp(folder + "/web/config.json").find("\"scoped-web\"") != std::string::npos);
  REQUIRE(editor.remove(ctl::rows::buildx_file, kApi));
  CHECK_FALSE(std::filesystem::exists(folder + "/api"));
  CHECK(std::filesystem::exists(folder + "/web/config.json"));
  REQUIRE(editor.remove(ctl::rows::buildx_file, web));
  CHECK(std::filesystem::is_empty(home.path()));
}
