// Not tested here: that these names reach the URLs (acr_test.cpp).
#include "agent/registry/acr_names.h"

#include "tests/support/catch.h"

namespace scoped::registry {
namespace {

const std::string kGroup = "/subscriptions/8a5c/resourceGroups/rg-1/providers/";
const std::string kId = kGroup + "Microsoft.ContainerRegistry/registries/";

TEST_CASE("the name of the registry is the last part of its resource id", "[registry]") {
  CHECK(parse_resource_id(kId + "myRegistry").value() == "myRegistry");
  CHECK(parse_resource_id(kId + "my-registry-1").value() == "my-registry-1");
  CHECK(parse_resource_id("/subscriptions/S/resourcegroups/G.(a)_b/PROVIDERS/microsoft.containerregistry/"
                          "Registries/abcde")
            .value() == "abcde");
}

TEST_CASE("anything else is no resource id, and the line says how to get one", "[registry]") {
  const std::string text = GENERATE_COPY(values<std::string>({
      "",
      "myRegistry",
      kId,
      kId + "abcd",
      kId + std::string(51, 'a'),
      kId + "my_registry",
      kId + "myRegistry/",
      kId + "myRegistry/tokens/t",
      kId + "myRegistry?x=1",
      kId + "../../x",
      "https://management.azure.com" + kId + "myRegistry",
      kId.substr(1) + "myRegistry",
      "/" + kId + "myRegistry",
      kGroup + "Microsoft.KeyVault/registries/myRegistry",
      "/subscriptions//resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/myRegistry",
      "/subscriptions/s/resourceGroups/../providers/Microsoft.ContainerRegistry/registries/myRegistry",
      "/subscriptions/s/resourceGroups/a b/providers/Microsoft.ContainerRegistry/registries/myRegistry",
      "/subscriptions/s/resourceGroups/ends./providers/Microsoft.ContainerRegistry/registries/myRegistry",
  }));
  const auto parsed = parse_resource_id(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::invalid_input);
  CHECK(parsed.error().line().find("az acr show") != std::string::npos);
}

TEST_CASE("an api version is a date, with or without -preview", "[registry]") {
  for (const char* text : {"2023-07-01", "2022-12-01", "2026-03-01-preview"}) CHECK(is_api_version(text));
  for (const char* text : {"", "latest", "2023-7-1", "2023-07-01-beta", "2023-07-01&x=1", "-preview",
                           "2023-07-01-preview-preview", " 2023-07-01", "2023/07/01"})
    CHECK_FALSE(is_api_version(text));
}

TEST_CASE("no name that could leave its place in a URL passes", "[registry]") {
  for (const char* name : {"ci", "ci-main", "_repositories_pull", "A1"}) CHECK(check_name("token", name));
  for (const char* name : {"", ".", "..", "a/b", "a?b", "a%2e", "a b", "a.b", "a\n", "t\xc3\xb6ken"})
    CHECK_FALSE(check_name("token", name));
  CHECK_FALSE(check_name("token", std::string(65, 'a')));
  CHECK(check_name("token", "a/b").error().line() ==
        "'a/b' is not a name of a token: letters, digits, '-' and '_'");
}

TEST_CASE("a new token or scope map has a name that ARM accepts", "[registry]") {
  struct Row {
    std::string name;
    bool token, scope_map;
  };
  const Row row =
      GENERATE(Row{"ci-main", true, true}, Row{"abcde", true, true}, Row{"abcd", false, false},
               Row{std::string(50, 'a'), true, true}, Row{std::string(51, 'a'), false, false},
               Row{"under_score", false, true}, Row{"1token", false, true}, Row{"with.dot", false, false},
               Row{"with/slash", false, false}, Row{"", false, false});
  INFO(row.name);
  CHECK(check_new_token(row.name).has_value() == row.token);
  CHECK(check_new_scope_map(row.name).has_value() == row.scope_map);
}

TEST_CASE("an expiry is always printed with 7 fraction digits", "[registry]") {
  for (const char* text : {"2027-01-01T00:00:00.0000000Z", "2027-01-01T00:00:00.1234567Z",
                           "2027-01-01T23:59:59.1200000Z", "2027-01-01T00:00:00.0000001Z"})
    CHECK(format_expiry(parse_rfc3339(text).value()) == text);
}

TEST_CASE("ARM's words are the same in any case", "[registry]") {
  CHECK(is_same_word("Succeeded", "succeeded"));
  CHECK(is_same_word("", ""));
  CHECK_FALSE(is_same_word("Succeeded", "Succeede"));
  CHECK_FALSE(is_same_word("@", "`"));
}

}  // namespace
}  // namespace scoped::registry
