// Not tested here: clients that read the file (tests/integration/publish.py), each document
// (login_document_test.cpp).
#include "agent/publish/publisher.h"
#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::test;

namespace {

class Scene {
 public:
  Scene() { REQUIRE(chmod(folder.path().c_str(), 0700) == 0); }

  Consumer publish(const std::string& password = "secret") {
    config::Typed settings;
    settings.name = "file";
    settings.type = "file";
    settings.values = {
        {"token", "r.io/blue"}, {"path", path}, {"format", format}, {"group_may_read", group_may_read}};
    const FixedEnvironment environment({}, getuid());
    const RealClock clock;
    const auto publisher = make_publisher(settings, {environment, clock, {}});
    REQUIRE(publisher);
    auto consumers = (*publisher)->publish({{"r.io", "blue"}, 1, "blue", Secret(password)});
    REQUIRE(consumers);
    REQUIRE(consumers->size() == 1);
    return std::move(consumers->front());
  }
  std::string problem() {
    const Consumer consumer = publish();
    return consumer.problem ? consumer.problem->line() : "none";
  }
  mode_t mode() const {
    struct stat seen {};
    REQUIRE(stat(path.c_str(), &seen) == 0);
    return seen.st_mode & 07777;
  }
  bool stands(std::string_view text) const {
    return read_file(path, 4096).value_or("").find(text) != std::string::npos;
  }

  TemporaryFolder folder;
  std::string path = folder.path() + "/config.json";
  std::string format = "docker";
  bool group_may_read = false;
};

}  // namespace

TEST_CASE("a published file is made for its owner alone, or for its group", "[publish]") {
  Scene scene;
  const Consumer made = scene.publish();
  CHECK_FALSE(made.problem);
  CHECK(made.changed);
  CHECK(made.name == scene.path);
  CHECK(scene.mode() == 0600);
  CHECK_FALSE(scene.publish().changed);
  scene.group_may_read = true;
  CHECK(scene.publish("next").changed);
  CHECK(scene.mode() == 0640);
}

TEST_CASE("a file that is there keeps all else", "[publish]") {
  Scene scene;
  REQUIRE(write_file_atomically(scene.path, R"({ "auths" : {"ghcr.io": {}}, "psFormat": "x" })", 0600));
  CHECK(scene.publish().changed);
  CHECK(scene.stands(R"("ghcr.io": {},"r.io": {"auth": "Ymx1ZTpzZWNyZXQ="}}, "psFormat": "x" })"));
}

TEST_CASE("what a published file must not be is said with the remedy, and stays", "[publish]") {
  Scene scene;
  SECTION("a symbolic link") {
    REQUIRE(symlink("/etc/passwd", scene.path.c_str()) == 0);
    CHECK(scene.problem() == "'" + scene.path + "' is a symbolic link: set 'path' to the file that it names");
  }
  SECTION("a folder") {
    REQUIRE(mkdir(scene.path.c_str(), 0700) == 0);
    CHECK(scene.problem() == "'" + scene.path + "' is not a regular file");
  }
  SECTION("readable by others") {
    REQUIRE(write_file_atomically(scene.path, "{}", 0644));
    CHECK(scene.problem() ==
          "'" + scene.path + "' may be read or changed by others: run 'chmod 0600 " + scene.path + "'");
    CHECK(scene.stands("{}"));
  }
  SECTION("no document of logins") {
    REQUIRE(write_file_atomically(scene.path, "hunter2", 0600));
    CHECK(scene.problem().starts_with("'" + scene.path + "' is not what clients read: line 1"));
    CHECK(scene.stands("hunter2"));
  }
  SECTION("in a folder that others may change") {
    REQUIRE(chmod(scene.folder.path().c_str(), 0777) == 0);
    CHECK(scene.problem().find("may be changed by others, who could put another file there") !=
          std::string::npos);
    CHECK_FALSE(file_exists(scene.path));
  }
  SECTION("in no folder") {
    scene.path = scene.folder.path() + "/none/config.json";
    CHECK(scene.problem().find("No such file or directory") != std::string::npos);
  }
}

TEST_CASE("a file whose logins nobody reads is told, not written", "[publish]") {
  Scene scene;
  REQUIRE(write_file_atomically(scene.path, R"({"credsStore": "pass"})", 0600));
  CHECK(scene.problem() == "'" + scene.path +
                               "' names the helper 'pass' for 'r.io', so that no login in it is read: take "
                               "the helper out of it");
  CHECK_FALSE(scene.stands("auths"));
  scene.format = "containers";  // podman heeds no credsStore in an auth.json
  CHECK(scene.publish().changed);
}
