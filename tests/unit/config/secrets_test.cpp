// Reading a secret from where the configuration says that it is. Not tested here: what a private file is
// (tests/unit/base/file_test).
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/config/scene.h"

#include <sys/stat.h>

using namespace scoped;
using namespace scoped::config;
using scoped::test::spill;
using scoped::test::TemporaryFolder;
using Source = SecretSource::Kind;

namespace {

// The secret, or "! " and the error.
std::string read(const SecretSource& source, std::map<std::string, std::string> variables = {}) {
  const auto secret = read_secret(source, FixedEnvironment(std::move(variables)));
  return secret ? std::string(secret->reveal()) : "! " + secret.error().line();
}

std::string write(const std::string& path, const std::string& text, mode_t mode) {
  spill(path, text);
  chmod(path.c_str(), mode);
  return path;
}

}  // namespace

TEST_CASE("a secret is read from a private file, without one newline at its end", "[config]") {
  const TemporaryFolder folder;
  CHECK(read({Source::file, write(folder / "a", "hunter2\n", 0600)}) == "hunter2");
  CHECK(read({Source::file, write(folder / "a", "hunter2", 0400)}) == "hunter2");
  CHECK(read({Source::file, write(folder / "a", "hunter2\n\n", 0600)}) == "hunter2\n");
}

TEST_CASE("a secret that others may read is refused, without showing it", "[config]") {
  const TemporaryFolder folder;
  const std::string path = write(folder / "a", "hunter2", 0640);
  const std::string said = read({Source::file, path});
  CHECK(said == "! secret 'file:" + path + "': '" + path + "' may be read by others: run 'chmod 600' on it");
}

TEST_CASE("a secret that is not there or empty is an error that names its source", "[config]") {
  const TemporaryFolder folder;
  CHECK(
      read({Source::file, folder / "none"}).starts_with("! secret 'file:" + folder.path() + "/none': open "));
  CHECK(read({Source::file, write(folder / "a", "\n", 0600)}) ==
        "! secret 'file:" + folder.path() + "/a': it is empty");
  CHECK(read({Source::env, "PASSWORD"}) == "! secret 'env:PASSWORD': variable is not set");
}

TEST_CASE("a credential of systemd is found in its folder, whatever its group bits", "[config]") {
  const TemporaryFolder folder;
  write(folder / "client", "hunter2\n", 0440);
  CHECK(read({Source::credential, "client"}, {{"CREDENTIALS_DIRECTORY", folder.path()}}) == "hunter2");
  CHECK(read({Source::credential, "client"}).find("LoadCredential=") != std::string::npos);
}

TEST_CASE("a secret can be a variable", "[config]") {
  CHECK(read({Source::env, "PASSWORD"}, {{"PASSWORD", "hunter2"}}) == "hunter2");
}
