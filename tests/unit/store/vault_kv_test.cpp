// A store in a simulated vault. Not tested here: the real server (tests/integration/vault.py), logins
// (tests/unit/identity/vault_login_test.cpp).
#include "common/store/vault_answers.h"
#include "tests/unit/store/vault_scene.h"

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

const std::string kUrl = "https://vault:8200/v1/secret/data/tokens/r.azurecr.io/ci-main";
const std::string kLoad = "load record 'r.azurecr.io/ci-main': ";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a vault keeps what every store keeps", "[store][vault]") {
  VaultScene scene;
  check_contract([&] { return scene.open(); });
}

TEST_CASE("a record is one document that other clients can read", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  const auto document = json::parse(scene.vault.latest(scene.key)).value();
  CHECK(*document.at({"username"})->text() == "ci-main");
  CHECK(document.at({"password"}) != nullptr);
  CHECK(scene.open()->display() == "vault 'secret/tokens/' at https://vault:8200");
}

TEST_CASE("no name leaves the folder of the records", "[store][vault]") {
  VaultScene scene;
  const record::RecordName name{"r.io:5000", "../../sys/raw?x=%2F#"};
  REQUIRE(scene.open()->save(name, sample(name), Revision()));
  for (const SentRequest& each : scene.transport.sent()) {
    if (contains(each.url, "sys/internal")) continue;
    CHECK(contains(each.url, "/tokens/r.io%253A5000/%252E.%252F..%252Fsys%252Fraw%253Fx%253D%25252F%2523"));
  }
  for (const char* mount : {"", "a//b", "../sys", "a/./b", "a b"}) {
    scene.settings.values["mount"] = std::string(mount);
    CHECK_FALSE(scene.try_to_open());
  }
}

TEST_CASE("every request says what a vault wants to hear", "[store][vault]") {
  VaultScene scene;
  scene.settings.values["namespace"] = std::string("team/a");
  scene.settings.values["ca_file"] = std::string("/etc/ca.pem");
  scene.save_one();
  for (const SentRequest& each : scene.transport.sent()) {
    CHECK(each.header("X-Vault-Request") == "true");
    CHECK(each.header("X-Vault-Namespace") == "team/a");
    CHECK(each.header("X-Vault-Inconsistent") == "forward-active-node");
    CHECK(each.header("X-Vault-Token") == "t1");
    CHECK(each.ca_file == "/etc/ca.pem");
    CHECK(each.once == (each.method == "POST"));
  }
  CHECK(scene.site.address == "https://vault:8200");
  CHECK(scene.site.headers == std::vector<net::Header>{{"X-Vault-Namespace", "team/a"}});
}

TEST_CASE("a record that is there is one request away", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.transport.forget();
  found(*scene.open(), scene.name);
  CHECK(scene.transport.lines() == "GET " + kUrl);
}

TEST_CASE("one list tells which tokens of a registry may have a record", "[store][vault]") {
  VaultScene scene;
  scene.settings.values["kv_version"] = std::string("2");
  const auto store = scene.open();
  for (const char* token : {"ci-main", "ci.b/c"}) {
    const record::RecordName name{scene.name.registry, token};
    REQUIRE(store->save(name, sample(name), Revision()));
  }
  scene.vault.put("tokens/other.azurecr.io/ci-other", "{}");
  SECTION("by one request, names as they are configured") {
    scene.transport.forget();
    CHECK(store->tokens_of(scene.name.registry).value() == std::set<std::string>{"ci-main", "ci.b/c"});
    CHECK(scene.transport.lines() ==
          "GET https://vault:8200/v1/secret/metadata/tokens/r.azurecr.io/?list=true");
  }
  SECTION("a registry without any record has none") {
    CHECK(store->tokens_of("empty.azurecr.io").value().empty());
  }
  SECTION("where the policy allows no list, nothing is told") {
    scene.vault.denied = {"secret/metadata/"};
    CHECK_FALSE(store->tokens_of(scene.name.registry));
  }
  SECTION("nor by a vault that does not answer as one") {
    scene.vault.next = {{200, "<html>"}};
    CHECK_FALSE(store->tokens_of(scene.name.registry));
  }
  SECTION("version 1 lists too") {
    scene.settings.values["kv_version"] = std::string("1");
    scene.vault.version = 1;
    CHECK(scene.open()->tokens_of(scene.name.registry).value().contains("ci-main"));
  }
}

TEST_CASE("absent is said when mount and permission are proven", "[store][vault]") {
  VaultScene scene;
  CHECK(scene.said() == "absent");
  CHECK(scene.transport.lines() ==
        "GET " + kUrl + "; GET https://vault:8200/v1/sys/internal/ui/mounts/secret");
  SECTION("not where the mount holds something else") {
    scene.vault.type = "transit";
    CHECK(scene.said() ==
          "unavailable: " + kLoad + "the vault's mount 'secret' is of type 'transit', not 'kv'");
  }
  SECTION("not where the policy does not allow to read") {
    scene.vault.denied = {"secret/"};
    CHECK(scene.said() == "denied: " + kLoad + "GET " + kUrl +
                              ": the vault denies it: its policy must allow 'read' on "
                              "'secret/data/tokens/r.azurecr.io/ci-main'");
  }
  SECTION("not where there is no such mount") {
    scene.settings.values["mount"] = std::string("secrt");
    CHECK(contains(scene.said(), "denied: "));
    CHECK(contains(scene.said(), "the vault has nothing mounted there: check 'mount' and 'namespace'"));
    scene.vault.denied = {"secrt/"};
    CHECK(scene.said() ==
          "denied: " + kLoad +
              "the vault has no mount 'secrt', or the policy allows nothing in it: check 'mount', "
              "'namespace' and the policy");
  }
  SECTION("without asking where the configuration says what is mounted") {
    scene.transport.forget();
    scene.settings.values["kv_version"] = std::string("2");
    CHECK(scene.said() == "absent");
    CHECK(scene.transport.lines() == "GET " + kUrl);
  }
}

TEST_CASE("each state of a vault is one state of a load and one line", "[store][vault]") {
  struct Row {
    Answer answer;
    const char* said;
  };
  const auto text = [](const char* error) { return std::string(R"({"errors":[")") + error + R"("]})"; };
  const std::vector<Row> rows = {
      {{503, text("Vault is sealed")}, "locked: the vault is sealed: unseal it"},
      {{503, text("namespace is sealed")}, "locked: the vault is sealed: unseal it"},
      {{503, text("API access to this namespace has been locked by an administrator")},
       "locked: the vault's namespace is locked by an administrator: unlock it"},
      {{500, text("unable to perform inline authentication with login MFA; use the X-Vault-MFA header")},
       "denied: the vault asks for a second factor: set $BAO_MFA, or use an identity that logs in without "
       "one"},
      {{500, text("local node not active but active cluster node not found")},
       "unavailable: the vault has no active node now: try again in a moment"},
      {{503, text("no active Vault instance found")},
       "unavailable: the vault has no active node now: try again in a moment"},
      {{429, text("request path: rate limit quota exceeded")},
       "unavailable: the vault's rate limit is reached: try again later"},
      {{502, "<html>"}, "unavailable: HTTP 502: the vault does not work now: try again later"},
      {{400, text("Upgrading from non-versioned to versioned data.")},
       "unavailable: the vault is still making this mount: try again in a moment"},
      {{404, "<html>"}, "unavailable: that is no answer of a vault: no JSON object"},
      {{200, "{}"}, "unavailable: that is no answer of a vault: it has no 'data.metadata'"},
      {{413, text("http: request body too large")},
       "unavailable: HTTP 413: that is no answer that a vault gives here: check 'address'"},
      {{412, text("required index state not present")},
       "unavailable: HTTP 412: the vault does not work now: try again later"},
      {{404, R"({"data":null,"warnings":["Invalid path for a versioned K/V secrets engine."]})"},
       "unavailable: the vault's mount is KV version 2: set 'kv_version' to 2, or leave it out"},
      {{404, text("namespace not found")},
       "denied: the vault has nothing mounted there: check 'mount' and 'namespace'"},
      {{418, ""}, "unavailable: HTTP 418: that is no answer that a vault gives here: check 'address'"},
      {{307, "", {{"Location", "https://elsewhere:8200/v1/x"}}},
       "unavailable: HTTP 307: the vault sends us to another address, which is not followed: name it in "
       "'redirect_to', or configure the active node's"},
  };
  for (const Row& row : rows) {
    VaultScene scene;
    const std::string expected = row.said;
    const size_t colon = expected.find(": ");
    CHECK(scene.said_after(row.answer) ==
          expected.substr(0, colon) + ": " + kLoad + "GET " + kUrl + expected.substr(colon));
  }
}

TEST_CASE("a vault that is busy is asked again, one that is sealed is not", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.transport.forget();
  scene.vault.next = {{429, R"({"errors":["quota exceeded"]})"}, {502, ""}};
  found(*scene.open(), scene.name);
  CHECK(scene.waits == 2);
  scene.transport.forget();
  scene.said_after({503, R"({"errors":["Vault is sealed"]})"});
  CHECK(scene.transport.sent().size() == 1);
}

TEST_CASE("one redirect is followed, within the same origin only", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.transport.forget();
  scene.vault.next = {{307, "", {{"Location", kUrl + "?again"}}}};
  scene.transport.answer("GET " + kUrl + "?again",
                         {200, R"({"data":{"data":null,"metadata":{"version":7}}})"});
  CHECK(scene.said() == "absent");
  CHECK(scene.transport.lines() == "GET " + kUrl + "; GET " + kUrl + "?again");
  scene.transport.forget();
  scene.said_after({307, "", {{"Location", "http://vault:8200/v1/x"}}});
  CHECK(scene.transport.sent().size() == 1);
}

TEST_CASE("a redirect to another node is followed where the configuration names it", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  const std::string there = "https://vault-2:8200/v1/secret/data/x";
  scene.settings.values["redirect_to"] = std::vector<std::string>{"https://vault-2:8200/"};
  scene.transport.forget();
  scene.vault.next = {{307, "", {{"Location", there}}}};
  scene.transport.answer("GET " + there, {200, R"({"data":{"data":null,"metadata":{"version":7}}})"});
  CHECK(scene.said() == "absent");
  CHECK(scene.transport.sent().back().header("X-Vault-Token") == "t1");
  SECTION("once") {
    scene.transport.forget();
    scene.vault.next = {{307, "", {{"Location", kUrl}}}, {307, "", {{"Location", there}}}};
    CHECK(contains(scene.said(), "name it in 'redirect_to'"));
    CHECK(scene.transport.sent().size() == 2);
  }
  SECTION("and nowhere else") {
    scene.transport.forget();
    scene.said_after({307, "", {{"Location", "https://vault-2:8201/v1/x"}}});
    CHECK(scene.transport.sent().size() == 1);
    scene.settings.values["redirect_to"] = std::vector<std::string>{"http://vault-2:8200"};
    CHECK(scene.try_to_open().error().code() == ErrorCode::configuration);
  }
}

TEST_CASE("a login that went with the request and was refused comes by itself", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.transport.forget();
  scene.vault.next = {
      {400, R"({"errors":["invalid role or secret ID"]})", {{"X-Vault-Inline-Auth-Failed", "true"}}}};
  found(*scene.open(), scene.name);
  CHECK(scene.identity.refusals == 1);
  CHECK(scene.transport.sent().size() == 2);
  SECTION("as it does at a vault that does not know such logins") {
    scene.transport.forget();
    const Answer unknown{400, R"({"errors":["missing client token"]})"};
    scene.vault.next = {unknown, unknown};
    found(*scene.open(), scene.name);
    CHECK(scene.identity.refusals == 2);
  }
}

TEST_CASE("a dead token is one login anew, a policy is none", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  SECTION("the new token serves") {
    scene.vault.tokens = {"t2"};
    scene.identity.next_token = "t2";
    found(*scene.open(), scene.name);
    CHECK(scene.identity.refusals == 1);
  }
  SECTION("the new token is dead as well") {
    scene.vault.tokens = {};
    CHECK(contains(scene.said(), "denied: "));
    CHECK(contains(scene.said(), "the vault's token has lapsed or was revoked: log in anew"));
  }
  SECTION("the token lives, and the policy does not allow it") {
    scene.vault.denied = {"secret/data/"};
    CHECK(contains(scene.said(), "denied: "));
    CHECK(scene.identity.refusals == 0);
  }
}

TEST_CASE("a write whose answer is lost is known by its write_id", "[store][vault]") {
  VaultScene scene;
  const auto store = scene.open();
  scene.vault.lose_writes = 1;
  const Revision first = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  CHECK(first == "1");
  scene.transport.lose_answers = 1;
  CHECK(store->save(scene.name, sample(scene.name, 2), first).value() == "2");
  SECTION("one that did not arrive is ambiguous") {
    scene.vault.next = {{504, ""}};
    const auto saved = store->save(scene.name, sample(scene.name, 3), "2");
    CHECK(saved.error().code() == ErrorCode::ambiguous);
    CHECK(scene.vault.count(scene.key) == 2);
  }
  SECTION("one that a foreign write has overtaken is a conflict") {
    scene.vault.put(scene.key, R"({"password":"foreign"})");
    scene.vault.next = {{504, ""}};
    CHECK(store->save(scene.name, sample(scene.name, 3), "2").error().code() == ErrorCode::conflict);
    CHECK(store->save(scene.name, sample(scene.name, 3), "2").error().code() == ErrorCode::conflict);
    CHECK(scene.vault.latest(scene.key) == R"({"password":"foreign"})");
  }
}

TEST_CASE("a key that somebody deleted goes on with its next version", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.vault.soft_delete(scene.key);
  const auto store = scene.open();
  CHECK(store->load(scene.name).state == LoadState::absent);
  CHECK(store->save(scene.name, sample(scene.name, 8), Revision()).value() == "2");
  CHECK(found(*store, scene.name).record.generation == 8);
}

TEST_CASE("erasing destroys every old password and keeps the numbers", "[store][vault]") {
  VaultScene scene;
  const auto store = scene.open();
  const Revision first = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  REQUIRE(store->save(scene.name, sample(scene.name, 2), first));
  REQUIRE(store->erase(scene.name));
  CHECK(scene.vault.count(scene.key) == 3);
  CHECK(scene.vault.destroyed(scene.key) == 3);
  SECTION("one that was cut after emptying is absent, and ends at the next time") {
    VaultScene cut;
    cut.save_one();
    cut.vault.put(cut.key, "{}");
    CHECK(cut.said() == "absent");
    CHECK(cut.open()->list().value().empty());
    REQUIRE(cut.open()->erase(cut.name));
    CHECK(cut.vault.destroyed(cut.key) == 2);
  }
}

TEST_CASE("what a lapsed password leaves in old versions is destroyed", "[store][vault]") {
  VaultScene scene;
  const auto store = scene.open();
  Revision last = store->save(scene.name, sample(scene.name, 1), Revision()).value();
  record::Record claimed = sample(scene.name, 1);
  claimed.pending = record::Pending();
  last = store->save(scene.name, claimed, last).value();
  CHECK(scene.vault.destroyed(scene.key) == 0);
  record::Record promoted = sample(scene.name, 2);
  promoted.pending.reset();
  promoted.previous = record::Previous{sample(scene.name, 1).current->clone(), std::nullopt};
  promoted.previous->password.slot = record::kPassword2;
  last = store->save(scene.name, promoted, last).value();
  CHECK(scene.vault.destroyed(scene.key) == 2);
  CHECK(found(*store, scene.name).record.generation == 2);
  promoted.previous->free_at = Instant(Seconds(1));
  last = store->save(scene.name, promoted, last).value();
  CHECK(scene.vault.destroyed(scene.key) == 2);
  SECTION("whoever may not destroy rotates nevertheless") {
    scene.vault.denied = {"secret/destroy/"};
    promoted.previous->free_at.reset();
    CHECK(store->save(scene.name, promoted, last));
  }
}

TEST_CASE("each right that is missing has a line, and so has a setting that loses passwords",
          "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  const std::string place = "tokens/r.azurecr.io/ci-main";
  const auto fine = scene.open()->flaws(scene.name, true);
  INFO((fine ? "" : fine.error().line()));
  REQUIRE(fine);
  CHECK(fine->empty());
  struct Row {
    std::string area;
    std::string capability;
    std::string allowed;
    std::string why;
  };
  const std::vector<Row> rows = {
      {"data", "read", R"(["create","update"])", "to pull"},
      {"data", "create", R"(["read","update"])", "to rotate"},
      {"data", "update", R"(["read","create"])", "to rotate"},
      {"metadata", "read", R"(["create","update"])", "to see whether the vault deletes passwords by itself"},
      {"metadata", "update", R"(["read","create"])", "to set 'cas_required'"},
      {"destroy", "update", R"(["deny"])", "to destroy passwords that have lapsed"},
  };
  for (const Row& row : rows) {
    const std::string path = "secret/" + row.area + "/" + place;
    scene.vault.allowed = {{path, row.allowed}};
    const auto flaws = scene.open()->flaws(scene.name, true).value();
    REQUIRE(flaws.size() == 1);
    CHECK(flaws[0].what ==
          "the vault's policy does not allow '" + row.capability + "' on '" + path + "', " + row.why);
    CHECK(contains(flaws[0].remedy, path));
    CHECK(scene.open()->flaws(scene.name, false).value().size() ==
          (row.capability == "read" && row.area == "data"));
  }
  scene.vault.allowed = {};
  scene.vault.cas_required = false;
  CHECK(contains(scene.open()->flaws(scene.name, true).value().at(0).what, "has no 'cas_required'"));
  scene.vault.delete_version_after = "1h0m0s";
  CHECK(scene.open()->flaws(scene.name, true).value().size() == 3);
  scene.vault.version = 1;
  CHECK(
      contains(scene.open()->flaws(scene.name, true).value().at(0).what, "KV version 1: nothing is rotated"));
}

TEST_CASE("a new record asks the vault to refuse writes without compare-and-set", "[store][vault]") {
  VaultScene scene;
  scene.vault.denied = {"secret/metadata/"};
  scene.save_one();
  const auto sent = scene.transport.sent();
  CHECK(contains(sent.back().url + sent[sent.size() - 2].url,
                 "/v1/secret/metadata/tokens/r.azurecr.io/ci-main"));
}

TEST_CASE("a vault that cannot say what is mounted proves nothing, unless it is configured",
          "[store][vault]") {
  VaultScene scene;
  scene.transport.answer("GET https://vault:8200/v1/sys/internal/ui/mounts/secret",
                         {404, R"({"errors":[]})"});
  CHECK(scene.said() == "unavailable: " + kLoad +
                            "the vault does not say what is mounted at 'secret': check 'address', or set "
                            "'kv_version' for a vault that cannot");
  scene.vault.version = 1;
  scene.vault.put(scene.key, std::string(record::encode(sample(scene.name)).reveal()));
  scene.settings.values["kv_version"] = std::string("1");
  CHECK(found(*scene.open(), scene.name).record.generation == 3);
}

TEST_CASE("members that are not known are passed over", "[store][vault]") {
  const auto document = parse_vault_document(
      R"({"request_id":"x","warnings":["w"],"auth":null,"data":{"data":{"a":"b"},"more":1,"metadata":)"
      R"({"version":3,"deletion_time":"","created_by":{"entity":"e"},"last_updated_by":null}}})");
  REQUIRE(document);
  CHECK(document->version == 3);
  CHECK(document->is_live);
}

TEST_CASE("KV version 1 is read and never written", "[store][vault]") {
  VaultScene scene;
  scene.vault.version = 1;
  CHECK(scene.said() == "absent");
  scene.vault.put(scene.key, std::string(record::encode(sample(scene.name)).reveal()));
  scene.vault.denied = {"secret/data/"};  // as a policy that was written for version 1 does
  const auto store = scene.open();
  const Found record = found(*store, scene.name);
  CHECK(store->caps().cas == CompareAndSet::none);
  CHECK(store->list().value() == std::vector{scene.name});
  scene.transport.forget();
  const auto saved = store->save(scene.name, record.record, record.revision);
  CHECK(saved.error().code() == ErrorCode::configuration);
  CHECK(saved.error().line() ==
        "save record 'r.azurecr.io/ci-main': the vault's mount 'secret' is KV version 1, which cannot "
        "compare and "
        "set, so it is only read: use version 2 ('bao kv enable-versioning')");
  CHECK_FALSE(store->erase(scene.name));
  CHECK_FALSE(contains(scene.transport.lines(), "POST"));
}

TEST_CASE("a version that the vault would delete by itself is not rotated", "[store][vault]") {
  VaultScene scene;
  scene.vault.delete_version_after = "1h0m0s";
  scene.save_one();
  const auto store = scene.open();
  const Found record = found(*store, scene.name);
  const auto saved = store->save(scene.name, record.record, record.revision);
  CHECK(saved.error().code() == ErrorCode::configuration);
  CHECK(contains(saved.error().line(),
                 "the vault would delete it by itself: set 'delete_version_after' of "
                 "'secret/metadata/tokens/r.azurecr.io/ci-main' to 0s"));
  CHECK(scene.vault.count(scene.key) == 1);
  scene.vault.delete_version_after = "0s";
  CHECK(store->save(scene.name, record.record, record.revision));
}

TEST_CASE("a damaged or foreign document is corrupt and quoted nowhere", "[store][vault]") {
  VaultScene scene;
  scene.vault.put(scene.key, R"({"password":"hunter2"})");
  CHECK(contains(scene.said(), "corrupt: " + kLoad + "'secret/tokens/r.azurecr.io/ci-main' in the vault: "));
  CHECK_FALSE(contains(scene.said(), "hunter2"));
  const record::RecordName other{"r.azurecr.io", "other"};
  scene.vault.put(scene.key, std::string(record::encode(sample(other)).reveal()));
  CHECK(contains(scene.said(), "is the record of another token"));
}

TEST_CASE("init looks whether the vault has the mount", "[store][vault]") {
  VaultScene scene;
  const FixedEnvironment environment({});
  CHECK_FALSE(init_store(scene.settings, scene.context(environment)).value());
  scene.settings.values["mount"] = std::string("secrt");
  CHECK(init_store(scene.settings, scene.context(environment)).error().code() == ErrorCode::denied);
}
