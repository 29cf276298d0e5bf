// What a store in a simulated vault makes of its settings and of a person's variables. Not tested here: what
// the variables may hold (vault_variables_test.cpp), and where a connection goes (tests/unit/net).
#include "tests/unit/store/vault_scene.h"

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("address and namespace come from variables where a user's file names none", "[store][vault]") {
  VaultScene scene;
  scene.settings.values.erase("address");
  CHECK(scene.try_to_open().error().line() ==
        "store 'corp': no address: set 'address', or $BAO_ADDR or $VAULT_ADDR");
  scene.variables = {
      {"VAULT_ADDR", "http://127.0.0.1:8200/"}, {"VAULT_NAMESPACE", "v"}, {"BAO_NAMESPACE", "b"}};
  REQUIRE(scene.try_to_open());
  CHECK(scene.site.address == "http://127.0.0.1:8200");
  CHECK(scene.site.headers == std::vector<net::Header>{{"X-Vault-Namespace", "b"}});
  for (const char* garbage :
       {"vault", "http://vault:8200", "https://", "https://v/?a", "https://v x", "unix://x", "unix://"}) {
    scene.variables = {{"BAO_ADDR", garbage}};
    CHECK(scene.try_to_open().error().line() ==
          "store 'corp': $BAO_ADDR is no address of a vault: https://, http:// on loopback, or unix:///PATH");
  }
  scene.variables = {{"BAO_ADDR", "https://vault"}, {"VAULT_NAMESPACE", "a b"}};
  CHECK(contains(scene.try_to_open().error().line(), "$VAULT_NAMESPACE is no namespace"));
  scene.settings.origin.system = true;
  CHECK(contains(scene.try_to_open().error().line(), "the system's stores take none from variables"));
}

TEST_CASE("a vault is behind a socket where its address says so", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.settings.values["address"] = std::string("unix:///run/vault.sock");
  CHECK(found(*scene.open(), scene.name).revision == "1");
  CHECK(scene.transport.sent().back().url.starts_with("http://localhost/v1/secret/data/"));
  CHECK(scene.transport.sent().back().route.socket == "/run/vault.sock");
  CHECK(scene.open()->display() == "vault 'secret/tokens/' at unix:///run/vault.sock");
  CHECK(scene.site.route.socket == "/run/vault.sock");
  SECTION("or the variable") {
    scene.settings.values.erase("address");
    scene.variables = {{"VAULT_AGENT_ADDR", "unix:///run/agent.sock"}, {"BAO_ADDR", "https://vault"}};
    CHECK(found(*scene.open(), scene.name).revision == "1");
    CHECK(scene.transport.sent().back().route.socket == "/run/agent.sock");
  }
  SECTION("whose path no kernel takes") {
    scene.settings.values["address"] = "unix:///" + std::string(107, 'x');
    CHECK(scene.try_to_open().error().code() == ErrorCode::configuration);
  }
  SECTION("and which redirects to another node, that is not behind it") {
    scene.settings.values["redirect_to"] = std::vector<std::string>{"https://vault-2"};
    scene.vault.next = {{307, "", {{"Location", "https://vault-2/v1/secret/data/x"}}}};
    scene.transport.answer("GET https://vault-2/v1/secret/data/x",
                           {200, R"({"data":{"data":null,"metadata":{"version":7}}})"});
    CHECK(scene.said() == "absent");
    CHECK(scene.transport.sent().back().url == "https://vault-2/v1/secret/data/x");
    CHECK(scene.transport.sent().back().route.socket.empty());
  }
}

TEST_CASE("what a person's variables say is in each request", "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.variables = {{"VAULT_HEADERS", R"({"X-Route":"blue"})"}, {"VAULT_MFA", "totp:1"}};
  CHECK(found(*scene.open(), scene.name).revision == "1");
  const SentRequest sent = scene.transport.sent().back();
  CHECK(sent.header("X-Route") == "blue");
  CHECK(sent.header("X-Vault-MFA") == "totp:1");
  CHECK(sent.header("X-Vault-Token") == "t1");
  net::Request login;
  scene.site.prepare(login);
  CHECK(login.headers.empty());
  CHECK(login.secret_headers.size() == 2);
}

TEST_CASE("no more requests go to a vault than a person's variable allows", "[store][vault]") {
  VaultScene scene;
  scene.variables = {{"BAO_RATE_LIMIT", "1:2"}};
  const auto store = scene.open();
  scene.vault.tokens = {};  // a denial asks whose it is
  CHECK(store->load(scene.name).state == LoadState::denied);
  const size_t sent = scene.transport.sent().size();
  CHECK(sent > 2);
  CHECK(static_cast<size_t>(scene.waits) == sent - 2);
  scene.clock.advance(std::chrono::hours(1));
  scene.vault.tokens = {"t1"};
  const int before = scene.waits;
  CHECK(store->load(scene.name).state == LoadState::absent);
  CHECK(scene.waits == before);
}

TEST_CASE("a vault's service is looked up where its address is a name without a port", "[store][vault]") {
  VaultScene scene;
  scene.variables = {{"BAO_SRV_LOOKUP", "true"}};
  const auto service_of = [&scene](const char* address) {
    scene.settings.values["address"] = std::string(address);
    REQUIRE(scene.try_to_open());
    return scene.site.route.service;
  };
  CHECK(service_of("https://Vault.corp") == "_http._tcp.vault.corp");
  CHECK(service_of("https://vault.corp/behind/") == "_http._tcp.vault.corp");
  for (const char* address : {"https://vault.corp:8200", "https://vault.corp:443", "https://10.0.0.1",
                              "https://[::1]", "http://localhost", "unix:///run/vault.sock"})
    CHECK(service_of(address).empty());
  scene.settings.origin.system = true;
  CHECK(service_of("https://vault.corp").empty());
}

TEST_CASE("a person's proxy is for the vault's requests and its logins, and for https only",
          "[store][vault]") {
  VaultScene scene;
  scene.save_one();
  scene.variables = {{"VAULT_PROXY_ADDR", "http://proxy:3128"}};
  CHECK(found(*scene.open(), scene.name).revision == "1");
  CHECK(scene.transport.sent().back().route.proxy == "http://proxy:3128");
  CHECK(scene.site.route.proxy == "http://proxy:3128");
  scene.settings.values["address"] = std::string("http://127.0.0.1:8200");
  CHECK(
      scene.try_to_open().error().line() ==
      "store 'corp': $VAULT_PROXY_ADDR is for a vault at https:// only: unset it, or give the vault's https "
      "address");
  scene.settings.origin.system = true;
  REQUIRE(scene.try_to_open());
  CHECK(scene.site.route.proxy.empty());
}
