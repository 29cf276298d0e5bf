// Which files are read and which are refused. Not tested here: /etc/scoped itself, which a test must not
// touch, and a file that is exchanged between two system calls.
#include "common/config/files.h"

#include "common/config/root_file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/config/scene.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::config;
using namespace scoped::config::test;
using scoped::test::spill;
using scoped::test::TemporaryFolder;

namespace {

constexpr uid_t kUser = 1000;

std::string write(const std::string& path, const std::string& text, mode_t mode = 0644) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  spill(path, text);
  chmod(path.c_str(), mode);
  return path;
}

// A user whose configuration is in `folder`/scoped.
FixedEnvironment user_of(const TemporaryFolder& folder, uid_t uid = kUser) {
  return FixedEnvironment({{"XDG_CONFIG_HOME", folder.path()}}, uid);
}

Loaded load_user(const FixedEnvironment& environment) {
  return load_config({.user_only = true}, environment, catalog());
}

Loaded load_file(const std::string& path, uid_t uid = kUser) {
  return load_config({.explicit_file = path}, FixedEnvironment({}, uid), catalog());
}

std::vector<std::string> paths(const Selection& selection, std::map<std::string, std::string> environment) {
  std::vector<std::string> found;
  for (const FileToRead& file : find_files(selection, FixedEnvironment(std::move(environment))))
    found.push_back(file.path);
  return found;
}

}  // namespace

TEST_CASE("a named file counts alone", "[config]") {
  using List = std::vector<std::string>;
  CHECK(paths({.explicit_file = "/a"}, {{"SCOPED_CONFIG", "/b"}, {"HOME", "/h"}}) == List{"/a"});
  CHECK(paths({}, {{"SCOPED_CONFIG", "/b"}, {"HOME", "/h"}}) == List{"/b"});
}

TEST_CASE("a user's files follow XDG_CONFIG_HOME, else HOME", "[config]") {
  using List = std::vector<std::string>;
  const Selection user{.user_only = true};
  CHECK(paths(user, {{"XDG_CONFIG_HOME", "/x"}, {"HOME", "/h"}}) == List{"/x/scoped/config.json"});
  CHECK(paths(user, {{"HOME", "/h"}}) == List{"/h/.config/scoped/config.json"});
  CHECK(paths(user, {{"XDG_CONFIG_HOME", "relative"}, {"HOME", "/h"}}) ==
        List{"/h/.config/scoped/config.json"});
  CHECK(paths(user, {}).empty());
}

TEST_CASE("the system's files come first, and alone for the system's agent", "[config]") {
  const auto both = paths({}, {{"HOME", "/nowhere"}});
  REQUIRE(both.size() >= 2);
  CHECK(both.front() == "/etc/scoped/config.json");
  CHECK(both.back() == "/nowhere/.config/scoped/config.json");
  const auto system = paths({.system_only = true}, {{"HOME", "/nowhere"}});
  CHECK(system.front() == "/etc/scoped/config.json");
  CHECK(system.size() == both.size() - 1);
}

TEST_CASE("config.d is read in byte order after config.json, visible *.json only", "[config]") {
  const TemporaryFolder folder;
  const std::string base = folder / "scoped/";
  write(base + "config.json", "{}");
  for (const char* name : {"b.json", "B.json", "a.json", ".hidden.json", "c.json~", "readme"})
    write(base + "config.d/" + name, name == std::string("readme") || name[0] == '.' ? "no" : "{}");
  const Loaded loaded = load_user(user_of(folder));
  REQUIRE(loaded.config);
  CHECK(loaded.config->files == std::vector<std::string>{base + "config.json", base + "config.d/B.json",
                                                         base + "config.d/a.json", base + "config.d/b.json"});
}

TEST_CASE("no file at all is a configuration without registries", "[config]") {
  const TemporaryFolder folder;
  const Loaded loaded = load_user(user_of(folder));
  REQUIRE(loaded.config);
  CHECK(loaded.config->registries.empty());
  CHECK(loaded.config->files.empty());
}

TEST_CASE("a named file must be there and be a file", "[config]") {
  const TemporaryFolder folder;
  CHECK(problems_of(load_file(folder / "none")) ==
        folder / "none: it cannot be opened: No such file or directory\n");
  CHECK(problems_of(load_file(folder.path())) == folder.path() + ": it is not a regular file\n");
}

TEST_CASE("a file that others may write is refused", "[config]") {
  const TemporaryFolder folder;
  for (const mode_t mode : {0664, 0646, 0666}) {
    const std::string path = write(folder / "c.json", "{}", mode);
    CHECK(problems_of(load_file(path)) ==
          path + ": its group or others may write it: run 'chmod go-w' on it\n");
  }
  CHECK(load_file(write(folder / "c.json", "{}", 0644)).config);
}

TEST_CASE("a file beyond a mebibyte is refused", "[config]") {
  const TemporaryFolder folder;
  const std::string path = write(folder / "c.json", std::string((1 << 20) + 1, ' '));
  CHECK(problems_of(load_file(path)) == path + ": it is longer than 1048576 bytes\n");
}

TEST_CASE("problems of good and bad files are told together", "[config]") {
  const TemporaryFolder folder;
  const std::string base = folder / "scoped/";
  write(base + "config.json", R"({"registries": {"r": {"store": "corp"}}})");
  write(base + "config.d/a.json", "{}", 0666);
  write(base + "config.d/b.json", R"({"x": 1})");
  const std::string said = problems_of(load_user(user_of(folder)));
  CHECK(said.starts_with(base + "config.d/a.json: its group"));
  CHECK(said.find(base + "config.d/b.json:1: unknown key 'x'") != std::string::npos);
  CHECK(said.find("corp") == std::string::npos);  // it may be in the file that was refused
}

TEST_CASE("root reads only what is root's", "[config]") {
  const TemporaryFolder folder;
  const std::string path = write(folder / "scoped/config.json", "{}");
  if (geteuid() == 0) {
    CHECK(load_file(path, 0).config);
    REQUIRE(chown(path.c_str(), kUser, kUser) == 0);
  }
  const std::string said = problems_of(load_file(path, 0));
  CHECK(said.find("root reads only what is root's") != std::string::npos);
  const Loaded passed_over = load_user(user_of(folder, 0));
  REQUIRE(passed_over.config);
  CHECK(passed_over.config->files.empty());
}

TEST_CASE("what may not be read is an error at home and passed over in another user's HOME", "[config]") {
  const TemporaryFolder folder;
  const uid_t self = geteuid() == 0 ? kUser : geteuid();
  const std::string path = write(folder / "scoped/config.json", "{}", 0000);
  for (const std::string& each : {folder.path(), folder / "scoped", path})
    if (geteuid() == 0) REQUIRE(chown(each.c_str(), kUser, kUser) == 0);
  const bool changed = geteuid() == 0 && seteuid(kUser) == 0;
  const Loaded own = load_user(user_of(folder, self));
  const Loaded others = load_user(user_of(folder, self + 1));
  if (changed) REQUIRE(seteuid(0) == 0);
  CHECK(problems_of(own).find("Permission denied") != std::string::npos);
  REQUIRE(others.config);
  CHECK(others.config->files.empty());
}

TEST_CASE("root does not list what is in another's folder", "[config]") {
  if (geteuid() != 0) return;
  const TemporaryFolder folder;
  write(folder / "scoped/config.d/a.json", "{}");
  Selection selection;
  selection.user_only = true;
  CHECK(find_files(selection, user_of(folder, 0)).size() == 2);
  REQUIRE(chown((folder / "scoped/config.d").c_str(), kUser, kUser) == 0);
  CHECK(find_files(selection, user_of(folder, 0)).size() == 1);
  CHECK(find_files(selection, user_of(folder)).size() == 2);
}

TEST_CASE("root looks at every folder and link on the way", "[config]") {
  if (geteuid() != 0) return;  // only root can make what root trusts
  const TemporaryFolder folder;
  const std::string path = write(folder / "a/b/c.json", "{}");
  const auto opens = [](const std::string& at) { return open_for_root(at).has_value(); };
  CHECK(opens(path));
  CHECK(opens(folder / "a/../a//b/./c.json"));
  REQUIRE(symlink("b/c.json", (folder / "a/link").c_str()) == 0);
  REQUIRE(symlink(folder.path().c_str(), (folder / "a/up").c_str()) == 0);
  REQUIRE(symlink("loop", (folder / "a/loop").c_str()) == 0);
  CHECK(opens(folder / "a/link"));
  CHECK(opens(folder / "a/up/a/b/c.json"));
  CHECK_FALSE(opens(folder / "a/loop"));
  REQUIRE(lchown((folder / "a/link").c_str(), kUser, kUser) == 0);
  CHECK(open_for_root(folder / "a/link").error().code() == ErrorCode::denied);
  REQUIRE(chmod((folder / "a/b").c_str(), 0777) == 0);
  CHECK(open_for_root(path).error().code() == ErrorCode::configuration);
  REQUIRE(chmod((folder / "a/b").c_str(), 01777) == 0);
  CHECK(opens(path));
  REQUIRE(chown((folder / "a").c_str(), kUser, kUser) == 0);
  CHECK(open_for_root(path).error().code() == ErrorCode::denied);
}
