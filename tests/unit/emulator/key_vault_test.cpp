// The emulator's Key Vault as its own documentation has it. Not tested here: Azure's own clients at it
// (tests/azure/other_clients.py).
#include "tests/emulator/key_vault.h"

#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

struct Vault : World {
  std::string host = "corp.vault.azure.net";
  std::string resource = "https://vault.azure.net";

  Answer send(const std::string& method, const std::string& path, const std::string& body = "",
              const std::string& more = "") {
    Fields headers = {{"Host", host}};
    if (!resource.empty()) headers.emplace_back("Authorization", "Bearer " + fresh_bearer(resource));
    const RouteTable tables[] = {kVaultSecrets};
    return site.serve(make_request(method, "/" + path + "?api-version=7.4" + more, headers, body).value(),
                      tables, kKeyVault);
  }
  Answer set(const std::string& name, const std::string& members = R"("value":"x")") {
    return send("PUT", "secrets/" + name, "{" + members + "}");
  }
};

std::string inner_code(const Answer& answer) { return text_at(answer, {"error", "innererror", "code"}); }
std::string version_in(const Answer& answer) {
  const std::string id = text_at(answer, {"id"});
  return id.substr(id.rfind('/') + 1);
}

}  // namespace

TEST_CASE("a vault challenges whoever brings no bearer for it", "[emulator]") {
  Vault vault;
  vault.resource = GENERATE("", "https://management.azure.com", "https://other.vault.example.com");
  const Answer answer = vault.send("GET", "secrets/a");
  CHECK(answer.status == 401);
  CHECK_THAT(header(answer, "WWW-Authenticate"), Contains(R"(resource="https://vault.azure.net")"));
  CHECK_THAT(header(answer, "WWW-Authenticate"), Contains("Bearer authorization=\"https://localhost:1/"));
}

TEST_CASE("a vault of another name asks for a bearer of its own", "[emulator]") {
  Vault vault;
  vault.host = "localhost:7";
  vault.resource = "https://localhost:7";
  CHECK(vault.set("a").status == 200);
  vault.resource = "";
  CHECK_THAT(header(vault.send("GET", "secrets/a"), "WWW-Authenticate"),
             Contains(R"(resource="https://localhost:7")"));
}

TEST_CASE("the latest version is the secret, and each can be read", "[emulator]") {
  Vault vault;
  const Answer first =
      vault.set("a", R"("value":"1","contentType":"t","tags":{"k":"v"},"attributes":{"nbf":5,"exp":9})");
  CHECK(text_at(first, {"contentType"}) == "t");
  CHECK(text_at(first, {"tags", "k"}) == "v");
  CHECK(*parsed(first).at({"attributes", "nbf"})->integer() == 5);
  CHECK(*parsed(first).at({"attributes", "exp"})->integer() == 9);
  CHECK(vault.set("A", R"("value":"2")").status == 200);
  CHECK(text_at(vault.send("GET", "secrets/a"), {"value"}) == "2");
  CHECK(text_at(vault.send("GET", "secrets/a/" + version_in(first)), {"value"}) == "1");
  const json::Value versions = parsed(vault.send("GET", "secrets/a/versions"));
  CHECK(versions.at({"value"})->array()->size() == 2);
  CHECK(vault.send("GET", "secrets/a/versions").body.find("\"value\":\"1\"") == std::string::npos);
}

TEST_CASE("a disabled version is not read, and its attributes can be changed", "[emulator]") {
  Vault vault;
  const std::string version = version_in(vault.set("a"));
  CHECK(vault.send("PATCH", "secrets/a/" + version, R"({"attributes":{"enabled":false}})").status == 200);
  const Answer refused = vault.send("GET", "secrets/a");
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "Forbidden");
  CHECK(inner_code(refused) == "SecretDisabled");
  CHECK(vault.send("PATCH", "secrets/a/" + version, R"({"attributes":{"enabled":true}})").status == 200);
  CHECK(vault.send("GET", "secrets/a").status == 200);
}

TEST_CASE("a deleted name can be recovered or purged, and not reused", "[emulator]") {
  Vault vault;
  vault.set("a");
  CHECK(vault.send("DELETE", "secrets/a").status == 200);
  CHECK(code_of(vault.send("GET", "secrets/a")) == "SecretNotFound");
  CHECK(vault.send("GET", "deletedsecrets/a").status == 200);
  const Answer again = vault.set("a");
  CHECK(again.status == 409);
  CHECK(code_of(again) == "Conflict");
  CHECK(inner_code(again) == "ObjectIsDeletedButRecoverable");
  CHECK(vault.send("POST", "deletedsecrets/a/recover").status == 200);
  CHECK(vault.send("GET", "secrets/a").status == 200);
  vault.send("DELETE", "secrets/a");
  CHECK(vault.send("DELETE", "deletedsecrets/a").status == 204);
  CHECK(vault.set("a").status == 200);
}

TEST_CASE("lists come in pages of 25 with a link to the next", "[emulator]") {
  Vault vault;
  for (int i = 0; i < 30; ++i) vault.set("s" + std::to_string(i));
  const Answer first = vault.send("GET", "secrets");
  CHECK(parsed(first).at({"value"})->array()->size() == 25);
  CHECK_THAT(text_at(first, {"nextLink"}), Contains("https://corp.vault.azure.net/secrets?api-version=7.4&"));
  const Answer second = vault.send("GET", "secrets", "", "&%24skiptoken=25");
  CHECK(parsed(second).at({"value"})->array()->size() == 5);
  CHECK(parsed(second).at({"nextLink"})->type() == json::Type::null);
  CHECK(parsed(vault.send("GET", "secrets", "", "&maxresults=3")).at({"value"})->array()->size() == 3);
}

TEST_CASE("what no secret may be is refused", "[emulator]") {
  Vault vault;
  CHECK(code_of(vault.set("a_b")) == "BadParameter");
  CHECK(code_of(vault.set(std::string(128, 'a'))) == "BadParameter");
  CHECK(code_of(vault.set("a", "")) == "BadParameter");
  CHECK(code_of(vault.set("a", R"("value":")" + std::string(25 * 1024 + 1, 'x') + "\"")) == "BadParameter");
  CHECK(code_of(vault.set("a", R"("value":"x","tags":{"k":1})")) == "BadParameter");
  CHECK(code_of(vault.send("GET", "secrets/none")) == "SecretNotFound");
  CHECK(vault.send("POST", "secrets/a").status == 405);
}
