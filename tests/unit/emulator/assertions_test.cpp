// Logins at Entra without a secret: by a certificate, and by a federated token.
#include "tests/emulator/assertions.h"

#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

// What a client signs; each test changes one thing.
struct Assertion {
  std::string algorithm = "RS256";
  std::string thumbprint_name = "x5t#S256";
  std::string thumbprint = crypto::base64url(crypto::sha256(keys().client.der));
  std::string issuer, subject, audience;
  json::Value ends;
  json::Value begins = json::Value();
  const crypto::PrivateKey* key = &keys().client_key;
};

Assertion good(const World& w) {
  const Facts& facts = w.site.model.facts();
  Assertion assertion;
  assertion.issuer = assertion.subject = facts.client_id;
  assertion.audience = "https://localhost:1/" + facts.tenant + "/oauth2/v2.0/token";
  assertion.ends = unix_seconds(w.clock.now()) + 600;
  return assertion;
}

std::string sign(const Assertion& assertion) {
  json::Object header;
  header.set("alg", assertion.algorithm);
  header.set("typ", "JWT");
  header.set(assertion.thumbprint_name, assertion.thumbprint);
  json::Object claims;
  claims.set("iss", assertion.issuer);
  claims.set("sub", assertion.subject);
  claims.set("aud", assertion.audience);
  claims.set("exp", assertion.ends);
  claims.set("nbf", assertion.begins);
  return assertion.key->sign_compact(json::dump(header), json::dump(claims), assertion.algorithm == "PS256")
      .value();
}

Answer send(World& w, const std::string& assertion,
            const std::string& type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
  const Facts& facts = w.site.model.facts();
  return w.form("/" + facts.tenant + "/oauth2/v2.0/token",
                "grant_type=client_credentials&scope=https://management.azure.com/.default&client_id=" +
                    facts.client_id + "&client_assertion_type=" + type + "&client_assertion=" + assertion);
}

std::string number_of(const Answer& answer) {
  const std::string text = text_at(answer, {"error_description"});
  return text.substr(0, text.find(':'));
}

}  // namespace

TEST_CASE("an assertion by the application's certificate buys a bearer", "[emulator]") {
  struct Row {
    const char* what;
    void (*change)(Assertion&);
  };
  for (const Row& row :
       {Row{"as it is documented now", [](Assertion& a) { a.algorithm = "PS256"; }},
        {"as it was before", [](Assertion&) {}},
        {"with a padded thumbprint", [](Assertion& a) { a.thumbprint += "="; }},
        {"with a fraction of a second", [](Assertion& a) { a.ends = double(*a.ends.integer()) + 0.25; }},
        {"for the authority of ADFS",
         [](Assertion& a) { a.audience = "https://localhost:1/adfs/oauth2/token"; }}}) {
    INFO(row.what);
    World w;
    Assertion assertion = good(w);
    row.change(assertion);
    const Answer answer = send(w, sign(assertion));
    REQUIRE(answer.status == 200);
    w.bearer = text_at(answer, {"access_token"});
    CHECK(w.arm("GET", "/tokens").status == 200);
  }
}

TEST_CASE("an assertion that is wrong has Entra's number", "[emulator]") {
  struct Row {
    const char* number;
    void (*change)(Assertion&);
  };
  for (const Row& row : {Row{"AADSTS700027", [](Assertion& a) { a.key = nullptr; }},
                         {"AADSTS700027", [](Assertion& a) { a.thumbprint = "AAAA"; }},
                         {"AADSTS700027", [](Assertion& a) { a.thumbprint_name = "kid"; }},
                         {"AADSTS700021", [](Assertion& a) { a.subject = "somebody"; }},
                         {"AADSTS700023", [](Assertion& a) { a.audience = "https://login.example/token"; }},
                         {"AADSTS700024", [](Assertion& a) { a.ends = *a.ends.integer() - 600; }},
                         {"AADSTS700024", [](Assertion& a) { a.ends = "soon"; }},
                         {"AADSTS700024", [](Assertion& a) { a.ends = 1e300; }},
                         {"AADSTS700024", [](Assertion& a) { a.begins = *a.ends.integer(); }}}) {
    INFO(row.number);
    World w;
    Assertion assertion = good(w);
    row.change(assertion);
    const auto other = crypto::PrivateKey::make_rsa(2048).value();
    if (assertion.key == nullptr) assertion.key = &other;
    const Answer answer = send(w, sign(assertion));
    CHECK(answer.status == 401);
    CHECK(number_of(answer) == row.number);
    CHECK(text_at(answer, {"error"}) == "invalid_client");
  }
}

TEST_CASE("the emulator's federated token buys a bearer until its end", "[emulator]") {
  World w;
  const std::string token =
      make_federated_token(keys().signer, "https://localhost:1", w.clock.now(), Seconds(60)).value();
  CHECK(send(w, token).status == 200);
  w.clock.advance(Seconds(60));
  CHECK(number_of(send(w, token)) == "AADSTS700024");
}

TEST_CASE("a federated token of somebody else matches no identity", "[emulator]") {
  World w;
  Assertion foreign = good(w);
  foreign.issuer = "https://issuer.example";
  CHECK(number_of(send(w, sign(foreign))) == "AADSTS70021");
  Assertion forged = good(w);
  forged.issuer = federation_issuer("https://localhost:1");
  forged.subject = kFederatedSubject;
  forged.audience = "api://AzureADTokenExchange";
  CHECK(number_of(send(w, sign(forged))) == "AADSTS700027");
}

TEST_CASE("what is no assertion is malformed", "[emulator]") {
  World w;
  CHECK(number_of(send(w, "a.b.c")) == "AADSTS50027");
  CHECK(number_of(send(w, "x")) == "AADSTS50027");
  CHECK(number_of(send(w, sign(good(w)), "saml")) == "AADSTS50027");
  CHECK(number_of(send(w, sign(good(w)), "")) == "AADSTS900144");
}
