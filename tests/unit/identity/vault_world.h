// An identity of a vault before a FakeTransport. Not thread-safe.
#pragma once

#include "common/base/file.h"
#include "common/identity/identity.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/temporary_folder.h"

#include <map>
#include <optional>
#include <string>

namespace scoped::identity::test {

using scoped::test::Answer;
using std::chrono::seconds;

inline const std::string kLogin = "POST https://vault:8200/v1/auth/approle/login";
inline const std::string kLookup = "GET https://vault:8200/v1/auth/token/lookup-self";
inline const std::string kRenew = "POST https://vault:8200/v1/auth/token/renew-self";

inline std::string lease(const std::string& token, int life, bool renewable = true) {
  return R"({"auth":{"client_token":")" + token + R"(","lease_duration":)" + std::to_string(life) +
         R"(,"renewable":)" + (renewable ? "true" : "false") + "}}";
}

inline config::SecretSource variable(const char* name) { return {config::SecretSource::Kind::env, name}; }

struct World {
  scoped::test::FakeClock clock;
  scoped::test::FakeTransport transport{&clock};
  std::map<std::string, std::string> variables = {{"ROLE", "role-1"}, {"SECRET", "secret\"1"}};
  std::optional<FixedEnvironment> environment;
  scoped::test::SeededRandom random;
  config::Typed settings;
  std::optional<net::Site> site =
      net::Site{"https://vault:8200", {{"X-Vault-Namespace", "team"}}, "/etc/ca.pem"};
  std::unique_ptr<net::Authorizer> made;
  bool brief = false;

  explicit World(const char* type = "vault_approle") {
    settings.name = "host";
    settings.type = type;
    if (settings.type == "vault_approle")
      settings.values = {
          {"role_id", variable("ROLE")}, {"secret_id", variable("SECRET")}, {"mount", "approle"}};
  }

  Result<std::unique_ptr<net::Authorizer>> make() {
    environment.emplace(variables, geteuid());
    return identity::make_identity(settings, {.transport = transport,
                                              .clock = clock,
                                              .environment = *environment,
                                              .random = random,
                                              .site = site,
                                              .brief = brief});
  }
  // The token that a request gets, or the error.
  std::string token() {
    if (!made) made = make().value();
    net::Request request;
    const auto done = made->authorize(request);
    if (!done) return std::string(name_of(done.error().code())) + ": " + done.error().line();
    REQUIRE(request.secret_headers.size() == 1);
    CHECK(request.secret_headers[0].first == "X-Vault-Token");
    return std::string(request.secret_headers[0].second.reveal());
  }
  std::string refusal(int status, const std::string& body) {
    transport.answer(kLogin, {status, body});
    return token();
  }
};

}  // namespace scoped::identity::test
