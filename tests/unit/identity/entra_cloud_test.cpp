#include "common/identity/entra_cloud.h"

#include "tests/unit/identity/scene.h"

using namespace scoped;
using namespace scoped::identity;
using namespace scoped::identity::test;

TEST_CASE("each cloud has its own logins and its own control plane", "[identity]") {
  struct Row {
    const char* cloud;
    const char* authority;
    const char* scope;
  };
  const Row row =
      GENERATE(Row{"public", "https://login.microsoftonline.com", "https://management.azure.com/.default"},
               Row{"china", "https://login.partner.microsoftonline.cn",
                   "https://management.chinacloudapi.cn/.default"},
               Row{"us_government", "https://login.microsoftonline.us",
                   "https://management.usgovcloudapi.net/.default"});
  Scene scene("entra_secret");
  scene.variables["SECRET"] = "s1";
  scene.set_text("cloud", row.cloud);
  scene.set_text("tenant", "contoso");
  scene.set_text("client_id", "app-1");
  scene.settings.values["client_secret"] = config::SecretSource{config::SecretSource::Kind::env, "SECRET"};
  scene.transport.answer("POST " + std::string(row.authority) + "/contoso/oauth2/v2.0/token",
                         {200, bearer_answer("b1")});
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(field_of(scene.transport.sent().at(0), "scope") == row.scope);
}

TEST_CASE("a custom cloud is an authority and a scope", "[identity]") {
  Scene scene("entra_secret");
  scene.set_text("authority", "https://login.example.com///");
  scene.set_text("scope", "https://arm.example.com/.default");
  CHECK(authority_of(scene.settings) == "https://login.example.com");
  CHECK(scope_of(scene.settings, scene.context()) == "https://arm.example.com/.default");
  scene.site = net::Site{.scope = kVaultScope};
  CHECK(scope_of(scene.settings, scene.context()) == kVaultScope);
}

TEST_CASE("the cloud that a setting may name are those of the table", "[identity]") {
  std::string names;
  for (const EntraCloud& each : entra_clouds()) names += (names.empty() ? "" : "|") + std::string(each.name);
  CHECK(names == kCloudRow.choices);
}

TEST_CASE("a resource is a scope without its end", "[identity]") {
  CHECK(resource_of("https://management.azure.com/.default") == "https://management.azure.com");
  CHECK(resource_of("https://x") == "https://x");
}
