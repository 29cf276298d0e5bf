// Not tested here: Entra itself; the emulator's own check of the assertion (tests/azure/identities.py).
#include "common/crypto/client_certificate.h"
#include "common/crypto/digest.h"
#include "common/json/value.h"
#include "tests/unit/identity/scene.h"

using namespace scoped;
using namespace scoped::identity::test;

namespace {

const std::string kUrl = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";

const crypto::PrivateKey& key() {
  static const crypto::PrivateKey made = crypto::PrivateKey::make_rsa(2048).value();
  return made;
}

crypto::Certificate certificate_for(Instant from, Instant until) {
  crypto::CertificateRequest request;
  request.common_name = "agent";
  request.not_before = from;
  request.not_after = until;
  return crypto::make_certificate(key(), request, nullptr, nullptr).value();
}

struct CertificateScene : Scene {
  crypto::Certificate certificate = certificate_for(clock.now() - Seconds(60), clock.now() + Seconds(86'400));

  CertificateScene() : Scene("entra_certificate") {
    set_text("tenant", "contoso");
    set_text("client_id", "app-1");
    set_secret_file("certificate", "client.pem", pem());
    transport.answer("POST " + kUrl, {200, bearer_answer("b1")});
  }
  std::string pem() const { return std::string(key().pem().reveal()) + certificate.pem; }
  crypto::Jws assertion() {
    const std::string compact = field_of(transport.sent().at(0), "client_assertion");
    return crypto::verify_compact(compact, certificate).value();
  }
};

std::string text_at(const std::string& document, std::string_view member) {
  const auto parsed = json::parse(document).value();
  const json::Value* value = parsed.at({member});
  return value == nullptr || value->text() == nullptr ? "" : *value->text();
}
int64_t number_at(const std::string& document, std::string_view member) {
  return *json::parse(document)->at({member})->integer();
}

}  // namespace

TEST_CASE("a certificate logs in with an assertion that its key signed with PS256", "[identity]") {
  CertificateScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  REQUIRE(scene.transport.lines() == "POST " + kUrl);
  const SentRequest sent = scene.transport.sent().at(0);
  CHECK(field_of(sent, "grant_type") == "client_credentials");
  CHECK(field_of(sent, "client_id") == "app-1");
  CHECK(field_of(sent, "client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  CHECK(field_of(sent, "scope") == "https://management.azure.com/.default");
  const crypto::Jws jws = scene.assertion();
  CHECK(text_at(jws.header_json, "alg") == "PS256");
  CHECK(text_at(jws.header_json, "typ") == "JWT");
  CHECK(text_at(jws.header_json, "x5t#S256") == crypto::base64url(crypto::sha256(scene.certificate.der)));
  CHECK(text_at(jws.header_json, "x5t").empty());
  CHECK(text_at(jws.payload_json, "aud") == kUrl);
  CHECK(text_at(jws.payload_json, "iss") == "app-1");
  CHECK(text_at(jws.payload_json, "sub") == "app-1");
  CHECK(text_at(jws.payload_json, "jti").size() == 36);
  const int64_t now = unix_seconds(scene.clock.now());
  CHECK(number_at(jws.payload_json, "nbf") == now);
  CHECK(number_at(jws.payload_json, "iat") == now);
  CHECK(number_at(jws.payload_json, "exp") == now + 600);
}

TEST_CASE("RS256 names the certificate by its SHA-1", "[identity]") {
  CertificateScene scene;
  scene.set_text("signature", "rs256");
  CHECK(scene.authorize() == "Bearer b1");
  const crypto::Jws jws = scene.assertion();
  CHECK(text_at(jws.header_json, "alg") == "RS256");
  CHECK(text_at(jws.header_json, "x5t") == crypto::base64url(crypto::sha1_thumbprint(scene.certificate)));
  CHECK(text_at(jws.header_json, "x5t#S256").empty());
}

TEST_CASE("each assertion has an id of its own", "[identity]") {
  CertificateScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  scene.made->refused();
  CHECK(scene.authorize() == "Bearer b1");
  const auto sent = scene.transport.sent();
  REQUIRE(sent.size() == 2);
  CHECK_FALSE(field_of(sent[0], "client_assertion") == field_of(sent[1], "client_assertion"));
}

TEST_CASE("a certificate that was renewed is picked up at the next login", "[identity]") {
  CertificateScene scene;
  CHECK(scene.authorize() == "Bearer b1");
  scene.certificate = certificate_for(scene.clock.now(), scene.clock.now() + Seconds(172'800));
  scene.keep("client.pem", scene.pem());
  scene.made->refused();
  scene.transport.forget();
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(text_at(scene.assertion().header_json, "x5t#S256") ==
        crypto::base64url(crypto::sha256(scene.certificate.der)));
}

TEST_CASE("a certificate that is not valid now says so before anything is sent", "[identity]") {
  CertificateScene scene;
  SECTION("expired") {
    scene.certificate =
        certificate_for(scene.clock.now() - Seconds(7'200), scene.clock.now() - Seconds(3'600));
    scene.keep("client.pem", scene.pem());
    CHECK(
        scene.authorize() ==
        "login: identity 'host': the client certificate has expired on 2025-12-31 23:00:00: make a new one, "
        "change certificate");
  }
  SECTION("expired while it was in use") {
    CHECK(scene.authorize() == "Bearer b1");
    scene.clock.advance(Seconds(2 * 86'400));
    scene.transport.forget();
    CHECK(scene.authorize().starts_with("login: identity 'host': the client certificate has expired on"));
  }
  SECTION("not valid yet") {
    scene.certificate =
        certificate_for(scene.clock.now() + Seconds(3'600), scene.clock.now() + Seconds(7'200));
    scene.keep("client.pem", scene.pem());
    CHECK(scene.authorize() ==
          "login: identity 'host': the client certificate is not valid before 2026-01-01 01:00:00: check the "
          "clock of this machine");
  }
  CHECK(scene.transport.lines().empty());
}

TEST_CASE("a file that is no certificate with its key says what it lacks", "[identity]") {
  CertificateScene scene;
  const auto said = [&](const std::string& bytes) {
    scene.keep("client.pem", bytes);
    return scene.authorize();
  };
  const std::string start = "invalid_input: identity 'host': client certificate: ";
  CHECK(said(scene.certificate.pem)
            .starts_with(start + "no private key in PEM form, or its password is wrong"));
  CHECK(said(std::string(key().pem().reveal())).starts_with(start + "no certificate in PEM form"));
  CHECK(said("hunter2").starts_with(start + "neither PEM nor PFX"));
  const crypto::PrivateKey other = crypto::PrivateKey::make_rsa(2048).value();
  CHECK(said(std::string(other.pem().reveal()) + scene.certificate.pem)
            .starts_with(start + "the private key is not the certificate's"));
}
