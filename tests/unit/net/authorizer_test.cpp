// Not tested here: identities; what a store makes its site of is in tests/unit/store/vault_settings_test.cpp.
#include "common/net/authorizer.h"

#include "tests/support/catch.h"

#include <set>

using namespace scoped;
using net::Site;

TEST_CASE("sites that are reached or spoken to in another way have other identities", "[net]") {
  std::vector<Site> sites(9, Site{.address = "https://vault"});
  sites[1].route.proxy = "http://proxy:3128";
  sites[2].route.socket = "http://proxy:3128";
  sites[3].route.server_name = "vault.corp";
  sites[4].route.service = "_http._tcp.vault";
  sites[5].certificate =
      std::make_shared<const net::ClientCertificate>(net::ClientCertificate{"pem", Secret("k")});
  net::SecretHeaders headers;
  headers.emplace_back("X-Route", Secret("hunter2"));
  sites[6].secret_headers = std::make_shared<const net::SecretHeaders>(std::move(headers));
  sites[7].headers = {{"X-Route", "blue"}};
  sites[8].ca_file = "/ca.pem";
  std::set<std::string> keys;
  for (const Site& each : sites) keys.insert(each.key());
  CHECK(keys.size() == sites.size());
  CHECK(sites[6].key().find("hunter2") == std::string::npos);
  CHECK(Site(sites[5]).key() == sites[5].key());
}
