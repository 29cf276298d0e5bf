// Not tested here: how settings are read from a file (tests/unit/config).
#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

namespace scoped::registry {
namespace {

using namespace scoped::test;

std::string made_with(const std::string& key, const std::string& value) {
  Arm arm;
  config::Registry registry = acr_registry();
  if (key == "type")
    registry.control->type = value;
  else
    registry.control->values[key] = value;
  return outcome(make_control_plane(
      registry, {arm.transport, arm.clock, arm.random, arm.identity, [](auto) { return true; }}));
}

TEST_CASE("the row of acr has the settings of the manual, each with a sentence", "[registry]") {
  REQUIRE(types().size() == 1);
  const Type& acr = types()[0];
  CHECK(acr.name == "acr");
  std::string shown;
  for (const config::Setting& each : acr.settings) {
    shown += std::string(each.name) + (each.required ? "! " : "=" + std::string(each.default_text) + " ");
    CHECK(each.doc.ends_with('.'));
  }
  CHECK(shown ==
        "resource_id! identity! endpoint=https://management.azure.com api_version=2023-07-01 workspace= "
        "logs_identity= "
        "logs_endpoint=https://api.loganalytics.io ca_file= ");
}

TEST_CASE("a wrong setting is an error of the configuration that names its place", "[registry]") {
  const std::string where =
      "configuration: /etc/scoped/config.json:12: registry 'myregistry.azurecr.io': control: ";
  const std::string endpoint =
      where + "endpoint: it is not an address without a path, like 'https://management.azure.com'";
  CHECK(
      made_with("resource_id", "myRegistry").rfind(where + "resource_id: 'myRegistry' is not '/subscr", 0) ==
      0);
  CHECK(made_with("api_version", "latest") ==
        where + "api_version: 'latest' is not a date, like '2023-07-01'");
  CHECK(made_with("endpoint", "https://management.azure.com/x") == endpoint);
  CHECK(made_with("endpoint", "https://management.azure.com?x") == endpoint);
  CHECK(made_with("endpoint", "management.azure.com") == endpoint);
  CHECK(made_with("type", "harbor") ==
        "configuration: registry 'myregistry.azurecr.io': control has unknown type 'harbor'");
}

TEST_CASE("another ARM is asked under its own address", "[registry]") {
  CHECK(made_with("endpoint", "https://management.azure.com/") == "accepted");
  Arm arm;
  config::Registry registry = acr_registry();
  registry.control->values["endpoint"] = std::string("https://LOCALHOST:8443/");
  registry.control->values["api_version"] = std::string("2025-04-01");
  registry.control->values.erase("ca_file");
  const auto plane = make_control_plane(
      registry, {arm.transport, arm.clock, arm.random, arm.identity, [](auto) { return true; }});
  REQUIRE(plane);
  (void)(*plane)->get_token("ci-main");
  REQUIRE_FALSE(arm.transport.sent().empty());
  const SentRequest sent = arm.transport.sent()[0];
  CHECK(sent.url == "https://localhost:8443" + kResource + "/tokens/ci-main?api-version=2025-04-01");
  CHECK(sent.ca_file.empty());
  CHECK(&(*plane)->identity() == &arm.identity);
}

}  // namespace
}  // namespace scoped::registry
