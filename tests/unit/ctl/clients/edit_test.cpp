// Not tested here: what is changed in a text (docker_file_test.cpp, containers_file_test.cpp).
#include "agent/ctl/clients/edit.h"

#include "agent/ctl/clients/ledger.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace scoped;
namespace fs = std::filesystem;

namespace {

// A person with a home folder.
struct Scene {
  test::TemporaryFolder home;
  FixedEnvironment environment{{{"HOME", home.path()}, {"XDG_STATE_HOME", home / "state"}}};
  ctl::ClientEditor editor{environment, false};
  ctl::Wanted wanted{"reg.azurecr.io"};
  const ctl::ClientFile& docker = ctl::rows::docker_file;
  std::string file = home / ".docker/config.json";

  void write(const std::string& text) {
    fs::create_directories(home / ".docker");
    test::spill(file, text);
  }
  bool add() {
    const auto edited = editor.add(docker, wanted);
    REQUIRE(edited);
    return edited->changed;
  }
  bool remove() {
    const auto edited = editor.remove(docker, wanted);
    REQUIRE(edited);
    return edited->changed;
  }
};

constexpr const char* kText = "{\n  \"auths\" : { \"x\": {\"auth\":\"c2VjcmV0\"} },  \"z\":\t1 }\n\n";

}  // namespace

TEST_CASE("a file is as it was to the byte after configure and unconfigure", "[ctl]") {
  Scene scene;
  scene.write(kText);
  CHECK(scene.add());
  CHECK(test::slurp(scene.file).find("scoped") != std::string::npos);
  CHECK_FALSE(scene.add());  // a second run changes nothing
  CHECK(scene.remove());
  CHECK(test::slurp(scene.file) == kText);
  CHECK_FALSE(scene.remove());
}

TEST_CASE("a file and folders that were made go again, others stay", "[ctl]") {
  Scene scene;
  CHECK(scene.add());
  CHECK(fs::exists(scene.file));
  CHECK(scene.remove());
  CHECK(fs::is_empty(scene.home.path()));  // nor is the ledger left

  CHECK(scene.add());
  test::spill(scene.home / ".docker/other", "");
  CHECK(scene.remove());
  CHECK_FALSE(fs::exists(scene.file));
  CHECK(fs::exists(scene.home / ".docker/other"));
}

TEST_CASE("a symbolic link is followed and stays one, and the mode stays", "[ctl]") {
  Scene scene;
  fs::create_directories(scene.home / ".docker");
  test::spill(scene.home / "dotfiles.json", kText);
  REQUIRE(chmod((scene.home / "dotfiles.json").c_str(), 0640) == 0);
  fs::create_symlink("../dotfiles.json", scene.file);
  CHECK(scene.add());
  CHECK(fs::is_symlink(scene.file));
  CHECK(fs::status(scene.home / "dotfiles.json").permissions() == fs::perms(0640));
  CHECK(scene.remove());
  CHECK(test::slurp(scene.home / "dotfiles.json") == kText);
  CHECK(fs::is_symlink(scene.file));
}

TEST_CASE("after Docker has written the file anew the entry alone goes", "[ctl]") {
  Scene scene;
  scene.write("{}");
  CHECK(scene.add());
  test::spill(scene.file, R"({"auths":{"y":{}},"credHelpers":{"reg.azurecr.io":"scoped"}})");
  CHECK(scene.remove());
  CHECK(test::slurp(scene.file) == R"({"auths":{"y":{}}})");
}

TEST_CASE("a helper that was replaced is back", "[ctl]") {
  Scene scene;
  constexpr const char* kOther = R"({"credHelpers":{"reg.azurecr.io":"acr-env"}})";
  scene.write(kOther);
  scene.wanted.replace = true;
  CHECK(scene.add());
  CHECK(scene.remove());
  CHECK(test::slurp(scene.file) == kOther);
}

TEST_CASE("a refusal names the file and leaves everything as it is", "[ctl]") {
  Scene scene;
  scene.write("{");
  const auto edited = scene.editor.add(scene.docker, scene.wanted);
  REQUIRE_FALSE(edited);
  CHECK(edited.error().line().find(scene.file) != std::string::npos);
  CHECK(test::slurp(scene.file) == "{");
  CHECK_FALSE(fs::exists(scene.home / "state"));
}

TEST_CASE("looking changes nothing", "[ctl]") {
  Scene scene;
  const auto edited = scene.editor.add(scene.docker, scene.wanted, false);
  REQUIRE(edited);
  CHECK(edited->changed);
  CHECK_FALSE(fs::exists(scene.home / ".docker"));
}

TEST_CASE("what root writes in somebody's home is theirs", "[ctl]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: only root gives files away");
    return;
  }
  Scene scene;
  fs::create_directories(scene.home / ".docker");
  REQUIRE(chown((scene.home / ".docker").c_str(), 12345, 12345) == 0);
  CHECK(scene.add());
  struct stat info {};
  REQUIRE(stat(scene.file.c_str(), &info) == 0);
  CHECK(info.st_uid == 12345);
}
