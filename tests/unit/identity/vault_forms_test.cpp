// The logins that post a form. Not tested here: the vault that takes them (tests/vault/logins.py).
#include "common/crypto/digest.h"
#include "tests/unit/identity/vault_world.h"

using namespace scoped;
using namespace scoped::identity::test;

namespace {

using Folder = scoped::test::TemporaryFolder;

const std::string kAuth = "POST https://vault:8200/v1/auth/";

struct Form {
  std::string login;  // the last part of its request
  std::string body;
};

Form posted(World& world, const std::string& path) {
  world.transport.answer(kAuth + path, {200, lease("t1", 3600)});
  CHECK(world.token() == "t1");
  REQUIRE(world.transport.sent().size() == 1);
  const auto sent = world.transport.sent().at(0);
  return {sent.line().substr(kAuth.size()), sent.body};
}

}  // namespace

TEST_CASE("a pod logs in with its service account's token, read at each login", "[identity][vault]") {
  const Folder folder;
  const std::string file = folder / "token";
  REQUIRE(write_file_atomically(file, "jwt-1\n", 0644));
  World world("vault_kubernetes");
  world.settings.values = {{"role", "puller"}, {"token_file", file}, {"mount", "kubernetes"}};
  CHECK(posted(world, "kubernetes/login").body == R"({"role":"puller","jwt":"jwt-1"})");
  REQUIRE(write_file_atomically(file, "jwt-2\n", 0644));
  world.made->refused();
  world.token();
  CHECK(world.transport.sent().at(1).body == R"({"role":"puller","jwt":"jwt-2"})");
  world.settings.values["token_file"] = folder / "none";
  CHECK(world.make().error().line().starts_with("identity 'host': 'token_file': "));
}

TEST_CASE("a signed token logs in with a role, or with the vault's default one", "[identity][vault]") {
  World world("vault_jwt");
  world.variables["JWT"] = "a.b.c";
  world.settings.values = {{"jwt", variable("JWT")}, {"role", "ci"}, {"mount", "jwt-ci"}};
  CHECK(posted(world, "jwt-ci/login").body == R"({"role":"ci","jwt":"a.b.c"})");
  World without("vault_jwt");
  without.variables["JWT"] = "a.b.c";
  without.settings.values = {{"jwt", variable("JWT")}};
  CHECK(posted(without, "jwt/login").body == R"({"jwt":"a.b.c"})");
}

TEST_CASE("a user logs in by name and password, whatever stands in them", "[identity][vault]") {
  World world("vault_userpass");
  world.variables["PASSWORD"] = "two words\"\\";
  world.settings.values = {{"username", "a/b c"}, {"password", variable("PASSWORD")}};
  const Form form = posted(world, "userpass/login/a%2Fb%20c");
  CHECK(form.body == R"({"password":"two words\"\\"})");
  world.settings.values["username"] = std::string("..");
  CHECK(world.make().error().code() == ErrorCode::configuration);
}

TEST_CASE("a certificate is shown at the login and at each renewal", "[identity][vault]") {
  const Folder folder;
  REQUIRE(write_file_atomically(folder / "c.pem", "c", 0644));
  REQUIRE(write_file_atomically(folder / "k.pem", "k", 0600));
  World world("vault_cert");
  world.settings.values = {
      {"certificate_file", folder / "c.pem"}, {"key_file", folder / "k.pem"}, {"role", "host"}};
  CHECK(posted(world, "cert/login").body == R"({"name":"host"})");
  REQUIRE(world.transport.sent().at(0).certificate != nullptr);
  CHECK(world.transport.sent().at(0).certificate->certificate == "c");
  world.transport.answer(kRenew, {200, lease("t1", 3600)});
  world.clock.advance(seconds(2641));
  CHECK(world.token() == "t1");
  REQUIRE(world.transport.sent().at(1).certificate != nullptr);
  CHECK(world.transport.sent().at(1).certificate->key.equals(Secret("k")));
  SECTION("both may come from the variables of a person") {
    World other("vault_cert");
    other.variables = {{"BAO_CLIENT_CERT", folder / "c.pem"}, {"VAULT_CLIENT_KEY", folder / "k.pem"}};
    CHECK(posted(other, "cert/login").body == "{}");
    other.settings.origin.system = true;
    CHECK(other.make().error().line() == "identity 'host': 'certificate_file' is missing");
  }
  SECTION("or be what the store shows already, where a person's variables hold texts") {
    World other("vault_cert");
    net::ClientCertificate text{"text", Secret("key")};
    other.site->certificate = std::make_shared<const net::ClientCertificate>(std::move(text));
    posted(other, "cert/login");
    CHECK(other.transport.sent().at(0).certificate == other.site->certificate);
    other.settings.values = {{"certificate_file", folder / "c.pem"}};
    CHECK(other.make().error().line() == "identity 'host': 'key_file' is missing");
    other.settings.values.clear();
    other.settings.origin.system = true;
    CHECK(other.make().error().line() == "identity 'host': 'certificate_file' is missing");
  }
  SECTION("and BAO_X counts even where it is empty") {
    World other("vault_cert");
    other.variables = {{"BAO_CLIENT_CERT", ""},
                       {"VAULT_CLIENT_CERT", folder / "c.pem"},
                       {"BAO_CLIENT_KEY", folder / "k.pem"}};
    CHECK(other.make().error().line() == "identity 'host': 'certificate_file' is missing");
  }
  SECTION("a key that others may read is not believed") {
    REQUIRE(write_file_atomically(folder / "k.pem", "k", 0644));
    CHECK(world.make().error().code() == ErrorCode::denied);
  }
}

TEST_CASE("a program that ends with the answer logs in within the request", "[identity][vault]") {
  World world;
  world.brief = true;
  world.made = world.make().value();
  net::Request request;
  REQUIRE(world.made->authorize(request));
  CHECK(world.transport.sent().empty());
  CHECK(request.headers == std::vector<net::Header>{{"X-Vault-Inline-Auth-Path", "auth/approle/login"},
                                                    {"X-Vault-Inline-Auth-Operation", "update"}});
  REQUIRE(request.secret_headers.size() == 2);
  CHECK(request.secret_headers[1].first == "X-Vault-Inline-Auth-Parameter-secret-id");
  CHECK(crypto::parse_base64url(request.secret_headers[1].second.reveal()).value() ==
        R"({"key":"secret_id","value":"secret\"1"})");
  SECTION("until it is refused: then the login has a request of its own") {
    world.made->refused();
    world.transport.answer(kLogin, {200, lease("t1", 3600)});
    CHECK(world.token() == "t1");
  }
  SECTION("which a certificate needs from the beginning") {
    const Folder folder;
    REQUIRE(write_file_atomically(folder / "c.pem", "c", 0600));
    World other("vault_cert");
    other.brief = true;
    other.settings.values = {{"certificate_file", folder / "c.pem"}, {"key_file", folder / "c.pem"}};
    CHECK(posted(other, "cert/login").body == "{}");
  }
}
