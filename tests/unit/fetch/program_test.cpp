// Not tested here: what it answers (fetch_test.cpp). This runs the program itself.
#include "tests/support/spawned.h"
#include "tests/unit/fetch/world.h"

#include <set>
#include <sstream>
#include <vector>

namespace scoped::fetch {
namespace {

test::Finished run(const test::Home& home, std::vector<std::string> arguments, const std::string& input,
                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> environment = more;
  for (const auto& [name, value] : home.variables) environment.push_back(name + "=" + value);
  return test::run({SCOPED_FETCH_PROGRAM, std::move(arguments), std::move(environment), input});
}

// The libraries that the dynamic linker opened, at start or later, from what LD_DEBUG=files prints.
std::set<std::string> opened_libraries(const std::string& debug) {
  std::set<std::string> names;
  std::istringstream lines(debug);
  for (std::string line; std::getline(lines, line);) {
    const size_t start = line.find("file=");
    if (start == std::string::npos || line.find("generating link map") == std::string::npos) continue;
    const std::string path = line.substr(start + 5, line.find(' ', start) - start - 5);
    const std::string name = path.substr(path.rfind('/') + 1);
    names.insert(name.substr(0, name.find(".so")));
  }
  return names;
}

TEST_CASE("the sealed store is answered with neither libcurl nor libsecret", "[fetch]") {
  test::Home home;
  home.make_record("puller", "pull-pass");
  const auto done = run(home, {"scoped-fetch", "get"}, "reg.azurecr.io", {"LD_DEBUG=files"});
  CHECK(done.code == 0);
  CHECK(done.out.find("pull-pass") != std::string::npos);
  const auto libraries = opened_libraries(done.err);
  CHECK(libraries.contains("libcrypto"));
  for (const char* name : {"libcurl", "libssl", "libsecret-1", "libglib-2.0", "libsystemd", "scoped-curl"})
    CHECK_FALSE(libraries.contains(name));
}

TEST_CASE("a failure of a managed registry is on both outputs, anything else on stdout alone", "[fetch]") {
  test::Home home;
  home.make_record("builder", "build-pass");
  const auto failed = run(home, {"scoped-fetch", "get"}, "reg.azurecr.io");
  CHECK(failed.code == 1);
  CHECK(failed.out == failed.err);
  CHECK(failed.out.find("scopedctl import") != std::string::npos);

  const auto missing = run(home, {"/x/docker-credential-scoped", "get"}, "ghcr.io\r\n");
  CHECK(missing.code == 1);
  CHECK(missing.out == "credentials not found in native keychain\n");
  CHECK(missing.err.empty());

  const auto version = run(home, {"docker-credential-scoped-ci", "version"}, "");
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("docker-credential-scoped-ci (docker-credential-scoped) "));
  CHECK(version.err.empty());
}

}  // namespace
}  // namespace scoped::fetch
