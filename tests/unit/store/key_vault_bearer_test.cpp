// How a vault is spoken to before it trusts us: its challenge, and its refusals of a bearer.
#include "tests/unit/store/key_vault_scene.h"

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a vault of no known domain is asked what a bearer must be for, once", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.address = "https://localhost:8443";
  const auto store = scene.open();
  REQUIRE(store->save(scene.name, sample(scene.name), Revision()));
  found(*store, scene.name);
  const auto sent = scene.transport.sent();
  REQUIRE(sent.size() > 3);
  CHECK(sent[0].method == "GET");
  CHECK(sent[0].header("Authorization").empty());
  CHECK(sent[0].body.empty());
  CHECK(contains(sent[1].body, "&scope=https%3A%2F%2Flocalhost%3A8443%2F.default"));
  for (size_t i = 2; i < sent.size(); ++i) CHECK(sent[i].header("Authorization").starts_with("Bearer "));
  CHECK(scene.logins() == 1);
}

TEST_CASE("callers that ask a vault at once what a bearer must be for are all told", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.address = "https://localhost:8443";
  scene.save_one();
  const auto store = scene.open();
  bool is_first = true;
  scene.transport.handle([&, usual = scene.handler()](const SentRequest& request) {
    if (std::exchange(is_first, false))
      found(*store, scene.name);  // while the answer to this one is on its way
    return usual(request);
  });
  CHECK(store->load(scene.name).state == LoadState::found);
}

TEST_CASE("a body leaves only with a bearer", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.address = "https://localhost:8443";
  scene.save_one();
  for (const SentRequest& each : scene.transport.sent())
    if (each.header("Authorization").empty() && each.url.starts_with(scene.address)) CHECK(each.body.empty());
}

TEST_CASE("a vault that wants a bearer for another service gets none", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.address = "https://vault.example.com";
  const std::string challenge =
      R"(Bearer authorization="https://login.windows.net/t", resource="https://management.azure.com")";
  CHECK(scene.said_after({401, "", {{"WWW-Authenticate", challenge}}}) ==
        "denied: load record 'r.azurecr.io/ci-main': GET https://vault.example.com/secrets/" + scene.secret +
            "?api-version=7.4: it asks for a bearer for something else than vault.example.com, and is given "
            "none: "
            "check 'address'");
  CHECK(scene.logins() == 0);
  SECTION("nor one of a known domain, whatever it says later") {
    KeyVaultScene other;
    CHECK(contains(other.said_after({401, "", {{"WWW-Authenticate", challenge}}}), "and is given none"));
    for (const SentRequest& each : other.transport.sent())
      CHECK_FALSE(contains(each.body, "management.azure.com"));
  }
}

TEST_CASE("what answers without a challenge is no Key Vault", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.address = "https://localhost:8443";
  const int status = GENERATE(200, 302, 401, 404, 503);
  CHECK(contains(
      scene.said_after({status, "{}"}),
      "HTTP " + std::to_string(status) + " without a challenge: that is no Key Vault: check 'address'"));
}

TEST_CASE("a bearer that is refused is renewed once", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  scene.transport.forget();
  const auto store = scene.open();
  scene.cloud.arm_fault(R"({"fault":"expired_bearer","match":"vault GET","times":1})");
  found(*store, scene.name);
  CHECK(scene.logins() == 1);
  SECTION("and not again and again") {
    scene.cloud.arm_fault(R"({"fault":"expired_bearer","match":"vault GET"})");
    const auto loaded = store->load(scene.name);
    CHECK(loaded.state == LoadState::denied);
    CHECK(contains(loaded.why->line(),
                   "the Key Vault refuses the bearer of the identity: check its tenant and cloud"));
    CHECK(scene.logins() == 2);
  }
}

TEST_CASE("more claims are asked for once", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  scene.transport.forget();
  scene.cloud.arm_fault(R"({"fault":"insufficient_claims","match":"vault GET","times":1})");
  CHECK(scene.said() == "found");
  REQUIRE(scene.logins() == 1);
  bool asked = false;
  for (const SentRequest& each : scene.transport.sent())
    asked = asked || contains(each.body, "&claims=%7B%22access_token%22%3A%7B%22nbf%22");
  CHECK(asked);
  SECTION("and a vault that is never content is left") {
    scene.cloud.arm_fault(R"({"fault":"insufficient_claims","match":"vault GET"})");
    CHECK(contains(scene.said(), "denied: "));
    CHECK(scene.logins() == 2);
  }
}

TEST_CASE("an identity of another tenant is told which the vault is of", "[store][key_vault]") {
  KeyVaultScene scene;
  const Answer refused{
      401,
      R"({"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer. Expected one of x"}})",
      {{"WWW-Authenticate",
        R"(Bearer authorization="https://login.windows.net/72f9-1", resource="https://vault.azure.net")"}}};
  CHECK(contains(
      scene.said_after(refused),
      "denied: load record 'r.azurecr.io/ci-main': GET https://corp.vault.azure.net/secrets/" + scene.secret +
          "?api-version=7.4: the identity is of another tenant than the Key Vault, which is of 72f9-1: check "
          "the identity's tenant"));
}

TEST_CASE("vaults of other clouds are asked for bearers of theirs", "[store][key_vault]") {
  const auto [suffix, scope] =
      GENERATE(std::pair("vault.azure.cn", "https%3A%2F%2Fvault.azure.cn%2F.default"),
               std::pair("vault.usgovcloudapi.net", "https%3A%2F%2Fvault.usgovcloudapi.net%2F.default"));
  KeyVaultScene scene;
  scene.address = "https://corp." + std::string(suffix);
  scene.next.assign(9, {404, R"({"error":{"code":"SecretNotFound"}})"});
  CHECK(scene.said() == "absent");
  CHECK(contains(scene.transport.sent().at(0).body, "&scope=" + std::string(scope)));
}

TEST_CASE("a login that fails is what the record's load says", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.variables_["SECRET"] = "wrong";
  CHECK(contains(scene.said(),
                 "denied: load record 'r.azurecr.io/ci-main': identity 'host': POST https://localhost:1/"));
  CHECK(contains(scene.said(), "client secret refused: check client_secret"));
}

TEST_CASE("a save compares and writes with one bearer, which nobody renews in between",
          "[store][key_vault]") {
  KeyVaultScene scene;
  const Revision first = scene.open()->save(scene.name, sample(scene.name, 1), Revision()).value();
  const auto store = scene.open();
  scene.transport.forget();
  REQUIRE(store->save(scene.name, sample(scene.name, 2), first));
  const auto sent = scene.transport.sent();
  REQUIRE(sent.size() >= 2);
  CHECK(sent[0].method == "GET");
  CHECK(sent[1].method == "PUT");
  CHECK(sent[0].header("Authorization") == sent[1].header("Authorization"));
  SECTION("and is over where it is refused") {
    const Found now = found(*store, scene.name);
    scene.transport.forget();
    scene.cloud.arm_fault(R"({"fault":"expired_bearer","match":"vault PUT","times":1})");
    const auto saved = store->save(scene.name, sample(scene.name, 3), now.revision);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code() == ErrorCode::login);
    CHECK(scene.logins() == 0);
    CHECK(store->save(scene.name, sample(scene.name, 3), now.revision));
    CHECK(scene.logins() == 1);
  }
}
