// The contract of stores against a real vault. Hidden: tests/integration/vault.py starts the server, names it
// in $TEST_VAULT_ADDR, $TEST_VAULT_CA and $TEST_VAULT_TOKEN (a file), and runs [.vault-server].
#include "common/identity/identity.h"
#include "common/net/curl_module.h"
#include "common/store/vault_kv.h"
#include "tests/unit/store/contract.h"

#include <stdlib.h>

#include <mutex>

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

std::string variable(const char* name) {
  const char* value = getenv(name);
  REQUIRE(value != nullptr);
  return value;
}

// Many agents that share one transport, as the workers of one program do.
struct Server {
  RealClock clock;
  SystemRandom random;
  RealEnvironment environment;
  std::unique_ptr<net::Transport> transport = net::load_curl_transport().value();
  std::unique_ptr<net::Authorizer> identity;
  std::mutex mutex;
  config::Typed settings;

  Server() {
    settings.name = "corp";
    settings.type = "vault";
    settings.values = {{"address", variable("TEST_VAULT_ADDR")},
                       {"ca_file", variable("TEST_VAULT_CA")},
                       {"prefix", "contract/" + random.hex(8)},
                       {"identity", "host"}};
  }

  Result<net::Authorizer*> log_in(const net::Site& site) {
    const std::lock_guard lock(mutex);
    config::Typed host;
    host.name = "host";
    host.type = "vault_token";
    host.values["token"] =
        config::SecretSource{config::SecretSource::Kind::file, variable("TEST_VAULT_TOKEN")};
    if (!identity)
      identity = TRY(identity::make_identity(host, {*transport, clock, environment, random, site}));
    return identity.get();
  }

  std::unique_ptr<RecordStore> open() {
    return open_store(settings, {environment, clock, random,
                                 [this]() -> Result<net::Transport*> { return transport.get(); },
                                 [this](const std::string&, const net::Site& site) { return log_in(site); },
                                 [](std::chrono::milliseconds) { return true; }})
        .value();
  }
};

}  // namespace

TEST_CASE("a real vault keeps what every store keeps", "[.vault-server]") {
  Server server;
  check_contract([&] { return server.open(); });
}

TEST_CASE("a real vault goes on with the numbers of an erased record", "[.vault-server]") {
  Server server;
  const record::RecordName name{"r.io:5000", "ci-main"};
  const auto store = server.open();
  REQUIRE(store->save(name, sample(name, 1), Revision()));
  REQUIRE(store->erase(name));
  CHECK(store->save(name, sample(name, 2), Revision()).value() == "3");
}
