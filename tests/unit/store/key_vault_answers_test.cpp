#include "common/store/key_vault_answers.h"

#include "common/store/key_vault_names.h"
#include "tests/support/catch.h"
#include "tests/unit/record/sample.h"

using namespace scoped;
using namespace scoped::store;

namespace {

const record::RecordName kName{"myregistry.azurecr.io", "production-pull-token"};

Result<std::string> scope_for(const std::string& challenge,
                              const std::string& host = "corp.vault.azure.net") {
  return challenged_scope(net::parse_bearer_challenge(challenge).value(), host);
}

std::string bundle(const std::string& members) {
  return R"({"id":"https://corp.vault.azure.net/secrets/n/v1","attributes":{"enabled":true,"created":"7"})" +
         members + "}";
}

}  // namespace

TEST_CASE("a usual record has a name that people can guess", "[store][key_vault]") {
  CHECK(key_vault_name("registry-tokens", kName) ==
        "registry-tokens--myregistry-azurecr-io--production-pull-token");
}

TEST_CASE("records whose plain names would be the same have different ones", "[store][key_vault]") {
  const std::vector<record::RecordName> names = {{"a.io", "ci"},
                                                 {"a.io", "CI"},
                                                 {"a.io", "c-i"},
                                                 {"a.io", "c--i"},
                                                 {"a.io", "c.i"},
                                                 {"a-io", "ci"},
                                                 {"a.io:5000", "ci"},
                                                 {"a.io-5000", "ci"},
                                                 {"a.io", "-ci"},
                                                 {"a.io", "ci-"},
                                                 {"a.io", "../../x"},
                                                 {"a.io", "\xc3\xa4"},
                                                 {"a.io", ""},
                                                 {"a", "io--ci"},
                                                 {"a.io", "ci_"},
                                                 {"a.io", std::string(200, 'c')},
                                                 {"a.io", std::string(201, 'c')}};
  std::set<std::string> seen;
  for (const auto& each : names) {
    const std::string name = key_vault_name("p", each);
    CAPTURE(each.display(), name);
    CHECK(seen.insert(name).second);
    CHECK(name.size() <= 127);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  }
}

TEST_CASE("the tags are read back", "[store][key_vault]") {
  const auto record = record::test::full();
  for (const auto& [key, value] : key_vault_tags(record))
    if (key == "ProviderAddress") CHECK(tagged_name(value) == record.name());
  for (const char* text : {"", "/", "a.io/", "/ci", "A.io/ci", "https://a.io/ci",
                           "/subscriptions/x/resourceGroups/y/providers/z"})
    CHECK_FALSE(tagged_name(text));
}

TEST_CASE("a bearer is for the vault's own domain only", "[store][key_vault]") {
  CHECK(scope_for(R"(Bearer authorization="https://l/t", resource="https://vault.azure.net")").value() ==
        "https://vault.azure.net/.default");
  CHECK(scope_for(R"(Bearer resource="https://vault.azure.net/")").value() ==
        "https://vault.azure.net/.default");
  CHECK(scope_for(R"(Bearer scope="https://vault.azure.net/.default")").value() ==
        "https://vault.azure.net/.default");
  CHECK(scope_for(R"(Bearer resource="https://localhost:8443")", "localhost").value() ==
        "https://localhost:8443/.default");
  for (const char* resource :
       {"https://management.azure.com", "https://ault.azure.net", "https://net",
        "https://evil.net/vault.azure.net", "https://vault.azure.net@evil.net", "http://vault.azure.net",
        "https://corp.vault.azure.net.evil.net", "https://a.corp.vault.azure.net", "vault.azure.net",
        "https://vault.azure.net https://x.net"}) {
    CAPTURE(resource);
    const auto scope = scope_for(R"(Bearer resource=")" + std::string(resource) + "\"");
    REQUIRE_FALSE(scope);
    CHECK(scope.error().line() ==
          "it asks for a bearer for something else than corp.vault.azure.net, and is given none: check "
          "'address'");
    CHECK(scope.error().code() == ErrorCode::denied);
  }
  CHECK_FALSE(scope_for(R"(Bearer resource="https://0.0.1")", "10.0.0.1"));
  CHECK_FALSE(scope_for("Bearer"));
}

TEST_CASE("the tenant of a challenge is told where it is plain", "[store][key_vault]") {
  const auto tenant = [](const std::string& text) {
    return challenged_tenant(net::parse_bearer_challenge(text).value());
  };
  CHECK(tenant(R"(Bearer authorization="https://login.windows.net/72f9-1")") == "72f9-1");
  CHECK(tenant(R"(Bearer authorization_uri="https://login.windows.net/72f9-1/oauth2")") == "72f9-1");
  CHECK(tenant(R"(Bearer authorization="https://login.windows.net/")").empty());
  CHECK(tenant(R"(Bearer authorization="https://login.windows.net/a b")").empty());
  CHECK(tenant("Bearer").empty());
}

TEST_CASE("a secret is read, whatever form its numbers have", "[store][key_vault]") {
  const auto secret = parse_key_vault_secret(
      bundle(R"(,"value":"x","contentType":"c","tags":{"ProviderAddress":"a.io/ci","n":1},"managed":false)"));
  REQUIRE(secret);
  CHECK(secret->name == "n");
  CHECK(secret->version == "v1");
  CHECK(secret->enabled);
  CHECK(secret->created == 7);
  CHECK(secret->value.reveal() == "x");
  CHECK(secret->content_type == "c");
  CHECK(secret->provider_address == "a.io/ci");
}

TEST_CASE("what is no secret is refused without showing it", "[store][key_vault]") {
  const char* body =
      GENERATE("", "[]", "{}", R"({"value":"hunter2"})", R"({"id":"https://v/secrets/../x","attributes":{}})",
               R"({"id":"https://v/keys/n/v1","attributes":{}})", R"({"id":"https://v/secrets/n/v1"})",
               R"({"id":"https://v/secrets/n/v1/hunter2","attributes":{}})",
               R"({"id":"https://v/secrets/n/v1","attributes":{"enabled":"hunter2"}})",
               R"({"id":"https://v/secrets/n/v1","attributes":{"created":"hunter2"}})");
  const auto secret = parse_key_vault_secret(body);
  REQUIRE_FALSE(secret);
  CHECK(secret.error().code() == ErrorCode::unavailable);
  CHECK(secret.error().line().find("hunter2") == std::string::npos);
}

TEST_CASE("a page tells where the next one is", "[store][key_vault]") {
  const auto page = parse_key_vault_page(R"({"value":[)" + bundle("") + R"(],"nextLink":"https://v/x"})");
  REQUIRE(page);
  CHECK(page->items.size() == 1);
  CHECK(page->next == "https://v/x");
  CHECK(parse_key_vault_page(R"({"value":[],"nextLink":null})")->next.empty());
  for (const char* body : {"", "{}", R"({"value":{}})", R"({"value":[1]})"})
    CHECK_FALSE(parse_key_vault_page(body));
}
