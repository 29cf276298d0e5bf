// What stands above the registry, and what a client may ask before it logs in.
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

const std::string kVersion = "?api-version=2021-04-01";

std::string below(const World& w, const std::string& path) {
  return "/subscriptions/" + w.site.model.facts().subscription + path + kVersion;
}

size_t count(const Answer& answer) {
  const json::Value body = parsed(answer);
  REQUIRE(body.at({"value"}) != nullptr);
  return body.at({"value"})->array()->size();
}

}  // namespace

TEST_CASE("the subscription and the tenant are found", "[emulator]") {
  World w;
  const Answer answer = w.control("GET", "/subscriptions" + kVersion);
  CHECK(answer.status == 200);
  CHECK_THAT(answer.body, Contains(R"("subscriptionId":")" + w.site.model.facts().subscription + '"'));
  CHECK(count(w.control("GET", "/tenants" + kVersion)) == 1);
  CHECK(text_at(w.control("GET", below(w, "")), {"state"}) == "Enabled");
  CHECK(code_of(w.control("GET", "/subscriptions/other" + kVersion)) == "SubscriptionNotFound");
}

TEST_CASE("above the registry a bearer and an api-version are wanted too", "[emulator]") {
  World w;
  CHECK(code_of(w.control("GET", "/subscriptions")) == "MissingApiVersionParameter");
  w.bearer.clear();
  for (const std::string& target : {"/subscriptions" + kVersion, below(w, "/resources"), below(w, "")}) {
    INFO(target);
    CHECK(w.control("GET", target).status == 401);
  }
}

TEST_CASE("a registry is found by its type, in its group and among all", "[emulator]") {
  World w;
  const std::string type = "&%24filter=resourceType%20eq%20%27";
  const Answer found =
      w.control("GET", below(w, "/resources") + type + "Microsoft.ContainerRegistry%2Fregistries%27");
  CHECK(count(found) == 1);
  CHECK_THAT(found.body, Contains(w.site.model.registry_id()));
  CHECK(count(w.control("GET", below(w, "/resources"))) == 1);
  CHECK(count(w.control("GET", below(w, "/resources") + type + "Microsoft.Web%2Fsites%27")) == 0);
  for (const char* filter : {"name eq 'x'", "resourceType eq '", "resourceType eq 'a' or name eq 'b'"}) {
    INFO(filter);
    const Answer answer = w.control("GET", below(w, "/resources") + "&%24filter=" + percent_encode(filter));
    CHECK(answer.status == 400);
    CHECK(code_of(answer) == "InvalidFilterInQueryString");
  }
  const std::string registries = "/providers/Microsoft.ContainerRegistry/registries";
  CHECK(count(w.control("GET", below(w, registries))) == 1);
  CHECK(count(w.control("GET", below(w, "/resourcegroups/Scoped-Lab" + registries))) == 1);
  CHECK(code_of(w.control("GET", below(w, "/resourceGroups/other" + registries))) == "ResourceGroupNotFound");
  CHECK(count(w.control("GET", below(w, "/resourcegroups"))) == 1);
  CHECK(text_at(w.control("GET", below(w, "/resourcegroups/scoped-lab")), {"name"}) == "scoped-lab");
}

TEST_CASE("a registry's name is free, taken or wrong", "[emulator]") {
  World w;
  const auto ask = [&](const std::string& body) {
    return w.control("POST", below(w, "/providers/Microsoft.ContainerRegistry/checkNameAvailability"), body);
  };
  CHECK(ask(R"({"name":"somethingelse","type":"Microsoft.ContainerRegistry/registries"})").body ==
        R"({"nameAvailable":true})");
  CHECK(text_at(ask(R"({"name":"MyRegistry"})"), {"reason"}) == "AlreadyExists");
  CHECK(text_at(ask(R"({"name":"no-way"})"), {"reason"}) == "Invalid");
  CHECK(ask("{}").status == 400);
}

TEST_CASE("the cloud's metadata needs no login and leads to this authority", "[emulator]") {
  World w;
  w.bearer.clear();
  const Answer cloud = w.control("GET", "/metadata/endpoints?api-version=2015-01-01");
  REQUIRE(cloud.status == 200);
  CHECK(text_at(cloud, {"authentication", "loginEndpoint"}) == "https://localhost:1/adfs");
  CHECK_THAT(cloud.body, Contains(R"("audiences":["https://localhost:1"])"));
  CHECK(text_at(cloud, {"resourceManager"}) == "https://localhost:1");
  CHECK(text_at(cloud, {"suffixes", "acrLoginServer"}) == "azurecr.test");
  CHECK(text_at(w.control("GET", "/adfs/.well-known/openid-configuration"), {"token_endpoint"}) ==
        "https://localhost:1/adfs/oauth2/token");
  const std::string tenant = w.site.model.facts().tenant;
  CHECK(text_at(w.control("GET", "/" + tenant + "/v2.0/.well-known/openid-configuration"),
                {"token_endpoint"}) == "https://localhost:1/" + tenant + "/oauth2/v2.0/token");
  CHECK(w.control("GET", "/other/v2.0/.well-known/openid-configuration").status == 400);
  CHECK_THAT(text_at(w.control("GET", "/common/discovery/instance"), {"tenant_discovery_endpoint"}),
             Contains(tenant));
}

TEST_CASE("the authority of ADFS gives bearers for a scope or a resource", "[emulator]") {
  World w;
  const Facts& facts = w.site.model.facts();
  const std::string form = "grant_type=client_credentials&client_id=" + facts.client_id +
                           "&client_secret=" + std::string(facts.client_secret.reveal());
  for (const char* more :
       {"&scope=https%3A%2F%2Flocalhost%3A1%2F.default", "&resource=https://localhost:1"}) {
    INFO(more);
    w.bearer = text_at(w.form("/adfs/oauth2/token", form + more), {"access_token"});
    CHECK(w.arm("GET", "/tokens").status == 200);
  }
  CHECK(w.form("/adfs/oauth2/token", form).status == 400);
}
