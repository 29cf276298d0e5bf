// Not tested here: that the programs say nothing without the variable, and never a secret
// (tests/integration/debug.py).
#include "common/base/debug.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

namespace scoped {
namespace {

constexpr uid_t kStranger = 12'345;

FixedEnvironment environment_with(const std::string& value, uid_t uid = geteuid()) {
  return FixedEnvironment({{"SCOPED_DEBUG", value}}, uid);
}

Result<Fd> open_file(const std::string& path, uid_t uid = geteuid()) {
  return open_debug(environment_with(path, uid));
}

TEST_CASE("only 1 and an absolute path ask for debug lines", "[base]") {
  for (const char* value : {"", "0", "2", "true", "no", "relative.log", "./x"}) {
    CAPTURE(value);
    const auto opened = open_debug(environment_with(value));
    REQUIRE(opened);
    CHECK_FALSE(*opened);
  }
  const auto opened = open_debug(environment_with("1"));
  REQUIRE(opened);
  struct stat ours {
  }, standard_error{};
  REQUIRE(fstat(opened->get(), &ours) == 0);
  REQUIRE(fstat(STDERR_FILENO, &standard_error) == 0);
  CHECK(ours.st_ino == standard_error.st_ino);
}

TEST_CASE("a debug file is made for us alone and appended to", "[base]") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "debug.log";
  for (const std::string text : {"one\n", "two\n"}) {
    const auto opened = open_file(path);
    REQUIRE(opened);
    REQUIRE(*opened);
    REQUIRE(write(opened->get(), text.data(), text.size()) == 4);
  }
  CHECK(test::slurp(path) == "one\ntwo\n");
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

std::string refusal_of(const std::string& path, uid_t uid = geteuid()) {
  const auto opened = open_file(path, uid);
  return opened ? "opened" : opened.error().line();
}

TEST_CASE("a debug file that is not plainly ours is refused in one line", "[base]") {
  const test::TemporaryFolder folder;
  const std::string real = folder / "real.log";
  test::spill(real, "");
  REQUIRE(symlink(real.c_str(), (folder / "link.log").c_str()) == 0);
  CHECK(refusal_of(folder / "link.log").find("symbolic link") != std::string::npos);
  CHECK(refusal_of("/dev/null").find("no regular file") != std::string::npos);
  CHECK(refusal_of(folder.path()).starts_with("$SCOPED_DEBUG"));
  CHECK(refusal_of(folder / "none/x.log").find("No such file") != std::string::npos);
  REQUIRE(link(real.c_str(), (folder / "second.log").c_str()) == 0);
  CHECK(refusal_of(real) == "$SCOPED_DEBUG '" + real + "': it has more than one name: name another file");
  REQUIRE(unlink((folder / "second.log").c_str()) == 0);
  CHECK(refusal_of(real) == "opened");
  CHECK(refusal_of(real, kStranger).find("belongs to uid") != std::string::npos);
  CHECK(test::slurp(real).empty());
}

TEST_CASE("root writes debug lines only where nobody else could have put the file", "[base]") {
  if (geteuid() != 0) {
    WARN("SKIPPED: needs root");
    return;
  }
  const test::TemporaryFolder folder;
  const std::string inner = folder / "inner";
  REQUIRE(mkdir(inner.c_str(), 0755) == 0);
  CHECK(refusal_of(inner + "/a.log") == "opened");
  REQUIRE(symlink(inner.c_str(), (folder / "link").c_str()) == 0);
  CHECK(refusal_of(folder / "link/b.log").find("symbolic link") != std::string::npos);
  chmod(inner.c_str(), 0777);
  CHECK(refusal_of(inner + "/c.log").find("every folder is root's") != std::string::npos);
  chmod(inner.c_str(), 0755);
  REQUIRE(chown(inner.c_str(), kStranger, 0) == 0);
  CHECK(refusal_of(inner + "/d.log").find("every folder is root's") != std::string::npos);
  REQUIRE(chown((inner + "/a.log").c_str(), kStranger, 0) == 0);
  REQUIRE(chown(inner.c_str(), 0, 0) == 0);
  CHECK(refusal_of(inner + "/a.log").find("belongs to uid 12345") != std::string::npos);
  for (const char* name : {"/b.log", "/c.log", "/d.log"}) CHECK(access((inner + name).c_str(), F_OK) != 0);
}

TEST_CASE("a debug line is one line", "[base]") {
  CHECK(debug_line("docker-credential-scoped", 42, std::chrono::microseconds(12'345), "text") ==
        "docker-credential-scoped[42] +12.3ms text\n");
  CHECK(debug_line("p", 1, std::chrono::microseconds(99), "a\nb\x1b[31m\x7f") == "p[1] +0.0ms a?b?[31m?\n");
}

TEST_CASE("a key is shown as far as it is a host and a repository", "[base]") {
  CHECK(redacted_key("reg.azurecr.io") == "reg.azurecr.io");
  CHECK(redacted_key("HTTPS://REG.azurecr.io:443/v2/\n") == "https://REG.azurecr.io:443/v2/");
  CHECK(redacted_key("http://localhost/team/app_1") == "http://localhost/team/app_1");
  CHECK(redacted_key("registry:5000") == "registry:5000");
  CHECK(redacted_key("reg.io/team/" + std::string(32, 'a')) == "reg.io/team/" + std::string(32, 'a'));
}

TEST_CASE("whatever else stands in a key is cut", "[base]") {
  const std::string password = "Zm9vYmFyCanary+/Zm9vYmFy";
  for (const std::string& key :
       {password, "hunter2" + std::string(), "alice:" + password, "https://alice:" + password + "@reg.io/app",
        "https://" + password + "@reg.io", "https://a:/" + password + "@reg.io/x",
        "reg.io/app?sig=" + password, "reg.io/app#" + password, "reg.io/" + password,
        "reg.io/app/" + std::string(33, 'k'), std::string(33, 'k') + ".io",
        R"({"ServerURL":"reg.io","Secret":")" + password + "\"}", "reg.io/app?a@" + password,
        "reg.io?x=a@b.io/" + password, "reg.io\n" + password}) {
    CAPTURE(key);
    const std::string shown = redacted_key(key);
    CHECK(shown.find("Canary") == std::string::npos);
    CHECK(shown.find("hunter2") == std::string::npos);
    CHECK(shown.find("kkk") == std::string::npos);
  }
  CHECK(redacted_key("https://alice:secret@reg.io/app?x=1") == "https://(cut)@reg.io/app?(cut)");
  CHECK(redacted_key("") == "(cut)");
}

}  // namespace
}  // namespace scoped
