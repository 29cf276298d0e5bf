// A store in the emulator's Key Vault. Not tested here: the vault itself
// (tests/unit/emulator/key_vault_test.cpp), real sockets and other clients (tests/azure).
#include "tests/unit/store/key_vault_scene.h"

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

const std::string kUrl = "https://corp.vault.azure.net/secrets/registry-tokens--r-azurecr-io--ci-main";
const std::string kLoad = "load record 'r.azurecr.io/ci-main': ";
const std::string kTried = kLoad + "GET " + kUrl + "?api-version=7.4: ";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string refusal(const std::string& code, const std::string& inner, const std::string& message = "x") {
  return R"({"error":{"code":")" + code + R"(","message":")" + message + R"(","innererror":{"code":")" +
         inner + R"("}}})";
}

}  // namespace

TEST_CASE("a Key Vault keeps what every store without compare-and-set keeps", "[store][key_vault]") {
  KeyVaultScene scene;
  check_contract([&] { return scene.open(); });
}

TEST_CASE("a Key Vault says that it cannot compare and set", "[store][key_vault]") {
  KeyVaultScene scene;
  const Caps caps = scene.open()->caps();
  CHECK(caps.cas == CompareAndSet::none);
  CHECK_FALSE(caps.purge);
  for (const Type& type : types())
    if (type.name == "key_vault") CHECK(type.cas == caps.cas);
  CHECK(scene.open()->display() == "Key Vault https://corp.vault.azure.net");
}

TEST_CASE("the latest version of one secret is the record, and says what other tools look for",
          "[store][key_vault]") {
  KeyVaultScene scene;
  record::Record record = sample(scene.name);
  record.current->slot = "password2";
  record.current->created_at = parse_rfc3339("2026-01-01T00:00:00.5Z").value();
  record.current->expires_at = parse_rfc3339("2026-04-01T00:00:00.9Z").value();
  REQUIRE(scene.open()->save(scene.name, record, Revision()));
  REQUIRE(scene.versions().size() == 1);
  const emulator::VaultVersion& version = scene.versions()[0];
  CHECK(*json::parse(version.value.reveal())->at({"username"})->text() == record.current->username);
  CHECK(version.content_type == "application/vnd.docker-credential-scoped.record+json");
  CHECK(version.tags == std::map<std::string, std::string>{{"CredentialId", "password2"},
                                                           {"ProviderAddress", "r.azurecr.io/ci-main"},
                                                           {"ValidityPeriodDays", "90"}});
  CHECK(version.enabled);
  CHECK(version.not_before == unix_seconds(parse_rfc3339("2026-01-01T00:00:00Z").value()));
  CHECK(version.expires == unix_seconds(parse_rfc3339("2026-04-01T00:00:00Z").value()));
}

TEST_CASE("what is not known is not said", "[store][key_vault]") {
  KeyVaultScene scene;
  record::Record record = sample(scene.name);
  record.current.reset();
  record.reserved_slot = "password2";
  record.previous.reset();
  REQUIRE(scene.open()->save(scene.name, record, Revision()));
  const emulator::VaultVersion& version = scene.versions()[0];
  CHECK_FALSE(version.not_before);
  CHECK_FALSE(version.expires);
  CHECK_FALSE(version.tags.contains("ValidityPeriodDays"));
}

TEST_CASE("versions before the latest are disabled and never read", "[store][key_vault]") {
  KeyVaultScene scene;
  const auto store = scene.open();
  Revision revision = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  for (int generation = 2; generation <= 4; ++generation) {
    scene.cloud.clock.advance(Seconds(1));
    revision = store->save(scene.name, sample(scene.name, generation), revision).value();
  }
  REQUIRE(scene.versions().size() == 4);
  for (size_t i = 0; i < 4; ++i) CHECK(scene.versions()[i].enabled == (i == 3));
  CHECK(found(*store, scene.name).record.generation == 4);
}

TEST_CASE("a version that a killed agent left enabled is disabled by the next", "[store][key_vault]") {
  KeyVaultScene scene;
  const Revision first = scene.open()->save(scene.name, sample(scene.name, 1), Revision()).value();
  scene.cloud.clock.advance(Seconds(5));
  const Revision second = scene.open()->save(scene.name, sample(scene.name, 2), first).value();
  REQUIRE(scene.az("PATCH", "secrets/" + scene.secret + "/" + first, R"({"attributes":{"enabled":true}})")
              .status == 200);
  scene.cloud.clock.advance(Seconds(5));
  REQUIRE(scene.open()->save(scene.name, sample(scene.name, 3), second));
  CHECK_FALSE(scene.versions()[0].enabled);
  CHECK_FALSE(scene.versions()[1].enabled);
  CHECK(scene.versions()[2].enabled);
}

TEST_CASE("a latest version that a person disabled is denied, and nothing older is given",
          "[store][key_vault]") {
  KeyVaultScene scene;
  const Revision first = scene.open()->save(scene.name, sample(scene.name, 1), Revision()).value();
  const Revision second = scene.open()->save(scene.name, sample(scene.name, 2), first).value();
  REQUIRE(scene.az("PATCH", "secrets/" + scene.secret + "/" + first, R"({"attributes":{"enabled":true}})")
              .status == 200);
  REQUIRE(scene.az("PATCH", "secrets/" + scene.secret + "/" + second, R"({"attributes":{"enabled":false}})")
              .status == 200);
  CHECK(scene.said() == "denied: " + kTried +
                            "the latest version of the secret is disabled: enable it ('az keyvault secret "
                            "set-attributes --enabled true')");
  CHECK(scene.open()->save(scene.name, sample(scene.name, 3), second).error().code() == ErrorCode::denied);
  CHECK(scene.versions().size() == 2);
}

TEST_CASE("a record that somebody else wrote first is a conflict", "[store][key_vault]") {
  KeyVaultScene scene;
  const Revision first = scene.open()->save(scene.name, sample(scene.name, 1), Revision()).value();
  REQUIRE(scene.az("PUT", "secrets/" + scene.secret, R"({"value":"{}"})").status == 200);
  const auto saved = scene.open()->save(scene.name, sample(scene.name, 2), first);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::conflict);
  CHECK(scene.versions().size() == 2);
}

TEST_CASE("a record in a Key Vault is one request away", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  scene.transport.forget();
  found(*scene.open(), scene.name);
  CHECK(scene.transport.lines() == "GET " + kUrl + "?api-version=7.4");
}

TEST_CASE("absent is said when no deleted secret has that name either", "[store][key_vault]") {
  KeyVaultScene scene;
  CHECK(scene.said() == "absent");
  CHECK(scene.vault_lines() == "GET /secrets/" + scene.secret + "; GET /deletedsecrets/" + scene.secret);
  SECTION("not after a 404 of something in between") {
    CHECK(scene.said_after({404, "<html>"}) ==
          "unavailable: " + kTried +
              "HTTP 404: that is no answer that a Key Vault gives here: check 'address'");
  }
}

TEST_CASE("a record that a person deleted is not absent", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  REQUIRE(scene.az("DELETE", "secrets/" + scene.secret).status == 200);
  CHECK(contains(scene.said(), "unavailable: "));
  CHECK(
      contains(scene.said(), "the secret is deleted: recover it ('az keyvault secret recover') or purge it"));
  REQUIRE(scene.az("POST", "deletedsecrets/" + scene.secret + "/recover").status == 200);
  CHECK(scene.said() == "found");
}

TEST_CASE("an erased record comes back only by a new save, on the recovered name", "[store][key_vault]") {
  KeyVaultScene scene;
  const Revision old = scene.open()->save(scene.name, sample(scene.name, 1), Revision()).value();
  REQUIRE(scene.open()->erase(scene.name));
  CHECK(scene.said() == "absent");
  CHECK(scene.open()->list().value().empty());
  for (const emulator::VaultVersion& each : scene.versions())
    CHECK(each.enabled == (each.value.reveal() == "{}"));
  REQUIRE(scene.open()->save(scene.name, sample(scene.name, 7), Revision()));
  CHECK(found(*scene.open(), scene.name).record.generation == 7);
  CHECK(contains(scene.vault_lines(), "POST /deletedsecrets/" + scene.secret + "/recover; PUT /secrets/"));
}

TEST_CASE("erasing what a person deleted leaves nothing to recover", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  REQUIRE(scene.az("DELETE", "secrets/" + scene.secret).status == 200);
  REQUIRE(scene.open()->erase(scene.name));
  CHECK(scene.said() == "absent");
  REQUIRE(scene.az("POST", "deletedsecrets/" + scene.secret + "/recover").status == 200);
  CHECK(scene.said() == "absent");
}

TEST_CASE("a name that is still being deleted is waited for", "[store][key_vault]") {
  KeyVaultScene scene;
  const auto store = scene.open();
  const Revision first = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  const Answer latest{200, scene.az("GET", "secrets/" + scene.secret).body};
  scene.next = {latest, {409, refusal("Conflict", "ObjectIsBeingDeleted")}};
  CHECK(store->save(scene.name, sample(scene.name, 2), first));
  CHECK(scene.waits == 1);
  SECTION("but not longer than somebody waits") {
    scene.waiting = false;
    const Revision now = found(*store, scene.name).revision;
    scene.next = {{200, scene.az("GET", "secrets/" + scene.secret).body},
                  {409, refusal("Conflict", "ObjectIsBeingDeleted")}};
    CHECK(contains(store->save(scene.name, sample(scene.name, 3), now).error().line(),
                   "just being deleted, recovered or purged: try again in a moment"));
  }
}

TEST_CASE("a write to a Key Vault whose answer is lost is looked for", "[store][key_vault]") {
  KeyVaultScene scene;
  const auto store = scene.open();
  const Revision first = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  bool lose = true;
  scene.transport.handle([&, play = scene.handler()](const SentRequest& request) -> Result<Answer> {
    auto answer = play(request);
    if (request.method == "PUT" && std::exchange(lose, false))
      return fail(ErrorCode::ambiguous, "the connection broke");
    return answer;
  });
  const Revision second = store->save(scene.name, sample(scene.name, 2), first).value();
  CHECK(second == found(*store, scene.name).revision);
  CHECK(scene.versions().size() == 2);
  SECTION("and is ambiguous where it is not found") {
    scene.transport.handle([&, play = scene.handler()](const SentRequest& request) -> Result<Answer> {
      if (request.method == "PUT") return fail(ErrorCode::ambiguous, "the connection broke");
      return play(request);
    });
    CHECK(store->save(scene.name, sample(scene.name, 3), second).error().code() == ErrorCode::ambiguous);
  }
}

TEST_CASE("a record that is too large is refused before anything leaves", "[store][key_vault]") {
  KeyVaultScene scene;
  record::Record record = sample(scene.name);
  record.unknown.set("note", std::string(25 << 10, 'x'));
  const auto saved = scene.open()->save(scene.name, record, Revision());
  REQUIRE_FALSE(saved);
  CHECK(contains(saved.error().line(), "bytes, and a Key Vault keeps at most 25600"));
  CHECK(scene.transport.lines().empty());
}

TEST_CASE("all pages of a list are read", "[store][key_vault]") {
  KeyVaultScene scene;
  for (int i = 0; i < 60; ++i) {
    const record::RecordName name{"r.azurecr.io", "token-" + std::to_string(i)};
    REQUIRE(scene.open()->save(name, sample(name), Revision()));
  }
  REQUIRE(scene.az("PUT", "secrets/somebody-elses", R"({"value":"x"})").status == 200);
  REQUIRE(scene.az("PUT", "secrets/registry-tokens--by-hand", R"({"value":"x"})").status == 200);
  CHECK(scene.open()->list().value().size() == 60);
}

TEST_CASE("a record without our tags is listed by what is in it", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  json::Object body;
  body.set("value", scene.versions()[0].value.reveal());
  REQUIRE(scene.az("PUT", "secrets/" + scene.secret, json::dump(std::move(body))).status == 200);
  CHECK(scene.open()->list().value() == std::vector<record::RecordName>{scene.name});
}

TEST_CASE("a next page at another address is not followed", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.next = {{200, R"({"value":[],"nextLink":"https://evil.example.com/secrets?api-version=7.4"})"}};
  const auto listed = scene.open()->list();
  REQUIRE_FALSE(listed);
  CHECK(contains(listed.error().line(), "its next page is at another address, which is not followed"));
  CHECK_FALSE(contains(scene.transport.lines(), "evil"));
}

TEST_CASE("somebody else's secret under the name of a record is corrupt and stays", "[store][key_vault]") {
  KeyVaultScene scene;
  SECTION("no record") {
    REQUIRE(scene.az("PUT", "secrets/" + scene.secret, R"({"value":"hunter2"})").status == 200);
    CHECK(contains(scene.said(), "corrupt: " + kLoad + "secret '" + scene.secret + "' of the Key Vault: "));
    CHECK_FALSE(contains(scene.said(), "hunter2"));
  }
  SECTION("the record of another token") {
    const record::RecordName other{"r.azurecr.io", "other"};
    REQUIRE(scene.open()->save(other, sample(other), Revision()));
    json::Object body;
    body.set(
        "value",
        scene.cloud.site.key_vault.all().at("registry-tokens--r-azurecr-io--other").latest().value.reveal());
    REQUIRE(scene.az("PUT", "secrets/" + scene.secret, json::dump(std::move(body))).status == 200);
    CHECK(scene.said() == "corrupt: " + kLoad + "secret '" + scene.secret +
                              "' of the Key Vault is the record of another token");
  }
}

TEST_CASE("every refusal is one line that says what to do", "[store][key_vault]") {
  struct Row {
    Answer answer;
    const char* said;
  };
  const Row row = GENERATE(
      Row{{403, refusal("Forbidden", "ForbiddenByFirewall")},
          "unavailable: the Key Vault's firewall does not let this machine in: allow its address or network "
          "there"},
      Row{{403, refusal("Forbidden", "ForbiddenByConnection")},
          "unavailable: the Key Vault is reached over its private endpoint only: let its name lead there"},
      Row{{403, refusal("Forbidden", "ForbiddenByRbac")},
          "denied: the Key Vault denies it: give the identity a role that may get secrets ('Key Vault "
          "Secrets "
          "Officer', or 'User' to read only)"},
      Row{{403, refusal("Forbidden", "AccessDenied")},
          "denied: the Key Vault denies it: its access policy must allow the identity to get secrets"},
      Row{{403, "<html>proxy</html>"},
          "unavailable: HTTP 403: that is no answer that a Key Vault gives here: check 'address'"},
      Row{{429, "", {{"Retry-After", "3"}}},
          "unavailable: HTTP 429: the Key Vault's rate limit is reached: try again later"},
      Row{{503, "<html>"}, "unavailable: HTTP 503: the Key Vault does not work now: try again later"},
      Row{{302, "", {{"Location", "https://evil.example.com"}}},
          "unavailable: HTTP 302: that is no answer that a Key Vault gives here: check 'address'"},
      Row{{200, "[]"}, "unavailable: that is no answer of a Key Vault: a secret is no object"});
  KeyVaultScene scene;
  const std::string said(row.said);
  const size_t colon = said.find(": ") + 2;
  CHECK(scene.said_after(row.answer) == said.substr(0, colon) + kTried + said.substr(colon));
}

TEST_CASE("a vault that is too busy is asked again, no sooner than it says", "[store][key_vault]") {
  KeyVaultScene scene;
  scene.save_one();
  scene.next = {{429, "", {{"Retry-After", "2"}}}, {503, ""}};
  CHECK(scene.said() == "found");
  CHECK(scene.waits == 2);
  SECTION("a write too, since it was not done") {
    const auto now = found(*scene.open(), scene.name);
    scene.next = {{200, scene.az("GET", "secrets/" + scene.secret).body}, {429, ""}};
    CHECK(scene.open()->save(scene.name, now.record, now.revision));
  }
  SECTION("but not when it asks for longer than a reader waits") {
    scene.waits = 0;
    scene.next = {{429, "", {{"Retry-After", "60"}}}};
    CHECK(contains(scene.said(), "rate limit"));
    CHECK(scene.waits == 0);
  }
}

TEST_CASE("init says whether the vault answers", "[store][key_vault]") {
  KeyVaultScene scene;
  const auto init = [&] {
    scene.open();
    const FixedEnvironment environment({});
    return init_store(scene.settings, scene.context(environment));
  };
  CHECK_FALSE(init().value());
  scene.next = {{403, refusal("Forbidden", "ForbiddenByRbac")}};
  CHECK(contains(
      init().error().line(),
      "store 'corp': Key Vault https://corp.vault.azure.net: GET "
      "https://corp.vault.azure.net/secrets/registry-tokens--init?api-version=7.4: the Key Vault denies it"));
}

TEST_CASE("a prefix that no secret may have is a configuration error", "[store][key_vault]") {
  const std::string prefix = GENERATE(std::string(), "-a", "a-", "a--b", "a/b", "ä", std::string(41, 'a'));
  KeyVaultScene scene;
  scene.settings.values["prefix"] = prefix;
  CHECK(scene.try_to_open().error().code() == ErrorCode::configuration);
}
