// The configurations of nginx and Distribution as texts, and where programs are looked for. Not tested here:
// that both take them (integration tests).
#include "tests/emulator/front_door.h"

#include "common/json/value.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/emulator/contains.h"

#include <sys/stat.h>

#include <filesystem>

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

const DoorPaths kPaths{"/data", "/run/x", "/data/ca.crt", "/run/x/server.crt", "/run/x/server.key"};

void make_program(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  test::spill(path, "#!/bin/sh\n");
  REQUIRE(chmod(path.c_str(), 0755) == 0);
}

}  // namespace

TEST_CASE("nginx listens on our socket and leads to the two servers behind it", "[emulator]") {
  const std::string text = nginx_configuration(kPaths, "127.0.0.1:443", false);
  CHECK_THAT(text, Contains("listen 127.0.0.1:443 ssl;"));
  CHECK_THAT(text, Contains(R"(location /v2/ { proxy_pass "http://unix:/run/x/registry.sock:"; })"));
  CHECK_THAT(text, Contains(R"(location /oauth2/ { proxy_pass "http://unix:/run/x/emulator.sock:"; })"));
  CHECK_THAT(text, Contains(R"(access_log "/data/access.log" combined;)"));
  CHECK_THAT(text, Contains("client_max_body_size 0;"));
  CHECK_THAT(text, Contains("$upstream_http_x_inner_bearer"));
  CHECK_THAT(text, !Contains("user root"));
  CHECK_THAT(nginx_configuration(kPaths, "127.0.0.1:443", true), Contains("user root;\n"));
}

TEST_CASE("Distribution asks our token endpoint and trusts our authority", "[emulator]") {
  const auto document = json::parse(distribution_configuration(kPaths, "localhost:5000", "s3cret"));
  REQUIRE(document);
  const auto text = [&](std::initializer_list<std::string_view> path) { return *document->at(path)->text(); };
  CHECK(text({"auth", "token", "realm"}) == "https://localhost:5000/oauth2/token");
  CHECK(text({"auth", "token", "service"}) == "localhost:5000");
  CHECK(text({"auth", "token", "rootcertbundle"}) == "/data/ca.crt");
  CHECK(text({"http", "addr"}) == "/run/x/registry.sock");
  CHECK(text({"storage", "filesystem", "rootdirectory"}) == "/data/images");
  CHECK(*document->at({"storage", "delete", "enabled"})->boolean());
}

TEST_CASE("a program on PATH comes before one that was unpacked", "[emulator]") {
  test::TemporaryFolder folder;
  const std::string unpacked = folder / "cache/servers/usr/sbin/no-such-server";
  const FixedEnvironment environment({{"PATH", folder / "bin"}, {"SCOPED_CACHE", folder / "cache"}});
  CHECK(find_program("no-such-server", environment).error().code() == ErrorCode::not_found);
  make_program(unpacked);
  CHECK(find_program("no-such-server", environment) == unpacked);
  make_program(folder / "bin/no-such-server");
  CHECK(find_program("no-such-server", environment) == folder / "bin/no-such-server");
}

TEST_CASE("without $SCOPED_CACHE the cache is where XDG or HOME say", "[emulator]") {
  test::TemporaryFolder folder;
  const std::string below = "/docker-credential-scoped/servers/usr/bin/no-such-server";
  make_program((folder / "xdg") + below);
  make_program((folder / "home/.cache") + below);
  CHECK(find_program("no-such-server", FixedEnvironment({{"XDG_CACHE_HOME", folder / "xdg"},
                                                         {"HOME", "/none"}})) == (folder / "xdg") + below);
  CHECK(find_program("no-such-server", FixedEnvironment({{"HOME", folder / "home"}})) ==
        (folder / "home/.cache") + below);
}
