// Not tested here: that the TLS library believes the files (curl_tls_test).
#include "common/net/authorities.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace scoped;
using net::AuthoritySource;

namespace {

const std::string kSystem = "-----BEGIN CERTIFICATE-----\nsystem\n-----END CERTIFICATE-----\n";
const std::string kOwn = "-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----";

struct World {
  test::TemporaryFolder folder;
  std::string bundle = folder / "bundle.pem";
  std::string own = folder / "own.pem";
  std::string hashed = folder / "certs";
  World() {
    test::spill(bundle, kSystem);
    test::spill(own, kOwn);
    std::filesystem::create_directory(hashed);
    test::spill(hashed + "/1a2b3c4d.0", kSystem);
  }
};

}  // namespace

TEST_CASE("a hashed folder is preferred to a bundle", "[net]") {
  World world;
  const auto chosen = AuthoritySource(world.bundle, world.hashed).choose("").value();
  CHECK(chosen.file.empty());
  CHECK(chosen.folder == world.hashed);
}

TEST_CASE("a ca_file is added to the hashed folder", "[net]") {
  World world;
  const auto chosen = AuthoritySource(world.bundle, world.hashed).choose(world.own).value();
  CHECK(chosen.file == world.own);
  CHECK(chosen.folder == world.hashed);
  CHECK(chosen.pem == nullptr);
}

TEST_CASE("without a hashed folder the bundle is used, joined with the ca_file", "[net]") {
  World world;
  std::filesystem::remove(world.hashed + "/1a2b3c4d.0");
  test::spill(world.hashed + "/ca-certificates.crt", kSystem);
  AuthoritySource source(world.bundle, world.hashed);
  CHECK(source.choose("")->file == world.bundle);
  CHECK(source.choose("")->folder.empty());
  const auto chosen = source.choose(world.own).value();
  CHECK(*chosen.pem == kOwn + "\n" + kSystem);
  CHECK(chosen.file.empty());
}

TEST_CASE("the joined text is kept until a file changes", "[net]") {
  World world;
  AuthoritySource source(world.bundle, "");
  const auto first = source.choose(world.own)->pem;
  CHECK(source.choose(world.own)->pem == first);
  test::spill(world.own, kOwn + "\n" + kOwn);
  CHECK(*source.choose(world.own)->pem == kOwn + "\n" + kOwn + "\n" + kSystem);
  test::spill(world.bundle, "");
  CHECK(*source.choose(world.own)->pem == kOwn + "\n" + kOwn + "\n");
}

TEST_CASE("a machine without authorities still has the ca_file", "[net]") {
  World world;
  CHECK(*AuthoritySource("", "").choose(world.own)->pem == kOwn + "\n");
}

TEST_CASE("a ca_file that is missing or no certificate is a configuration error", "[net]") {
  World world;
  const std::string folder = GENERATE(std::string("hashed"), std::string("none"));
  AuthoritySource source(world.bundle, folder == "hashed" ? world.hashed : "");
  const auto missing = source.choose(world.folder / "no.pem");
  CHECK(missing.error().code() == ErrorCode::configuration);
  CHECK(missing.error().line() ==
        "ca_file: open '" + world.folder / "no.pem" + "': No such file or directory");
  test::spill(world.own, "-----begin");
  CHECK(source.choose(world.own).error().line() ==
        "ca_file '" + world.own + "' holds no certificate in PEM form");
}
