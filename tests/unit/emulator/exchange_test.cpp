// /oauth2/exchange: a bearer of Entra becomes a refresh token, and that a login that may do everything.
#include "tests/emulator/access_tokens.h"
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

Answer exchanged(World& w, const std::string& bearer, const std::string& more = "") {
  return w.form("/oauth2/exchange", "grant_type=access_token&service=localhost:2&tenant=x&access_token=" +
                                        percent_encode(bearer) + more);
}

std::string refresh_token(World& w) { return text_at(exchanged(w, w.fresh_bearer()), {"refresh_token"}); }

Answer by_refresh_token(World& w, const std::string& token, const std::string& scope) {
  return w.form("/oauth2/token", "grant_type=refresh_token&service=localhost:2&scope=" + scope +
                                     "&refresh_token=" + percent_encode(token));
}

}  // namespace

TEST_CASE("who comes from Entra may do everything", "[emulator]") {
  World w;
  const Answer answer =
      by_refresh_token(w, refresh_token(w), "registry:catalog:*+repository:any/one:pull,push");
  REQUIRE(answer.status == 200);
  const auto grant =
      read_access_token(keys().signer, text_at(answer, {"access_token"}), "localhost:2", w.clock.now());
  REQUIRE(grant);
  CHECK(grant->user == w.site.model.facts().client_id);
  REQUIRE(grant->access.size() == 2);
  CHECK(grant->access[1].actions == std::vector<std::string>{"pull", "push"});
}

TEST_CASE("a registry takes bearers for ARM and for itself alone", "[emulator]") {
  World w;
  CHECK(exchanged(w, w.fresh_bearer("https://management.azure.com")).status == 200);
  CHECK(exchanged(w, w.fresh_bearer("https://containerregistry.azure.net")).status == 200);
  CHECK(exchanged(w, w.fresh_bearer("https://vault.azure.net")).status == 401);
  CHECK(exchanged(w, "x").status == 401);
  CHECK(exchanged(w, refresh_token(w)).status == 401);
  w.bearer = w.fresh_bearer("https://containerregistry.azure.net");
  CHECK(code_of(w.arm("GET", "/tokens")) == "InvalidAuthenticationTokenAudience");
  w.bearer = w.fresh_bearer();
  const std::string old = w.bearer;
  w.clock.advance(Seconds(60));
  CHECK(exchanged(w, old).status == 401);
}

TEST_CASE("an exchange that is asked for wrongly is refused", "[emulator]") {
  World w;
  CHECK(w.form("/oauth2/exchange", "grant_type=access_token").status == 401);
  CHECK(w.form("/oauth2/exchange", "grant_type=password&access_token=x").status == 400);
  CHECK(w.form("/oauth2/exchange", "access_token=x").status == 400);
  CHECK(w.form("/oauth2/exchange", "grant_type=access_token&service=elsewhere&access_token=x").status == 400);
  CHECK(w.form("/oauth2/exchange", "{}", "application/json").status == 400);
}

TEST_CASE("a refresh token ends after three hours, and is no access token", "[emulator]") {
  World w;
  const std::string token = refresh_token(w);
  CHECK_FALSE(read_access_token(keys().signer, token, "localhost:2", w.clock.now()));
  CHECK(w.get("/v2/", "Bearer " + token).status == 401);
  w.clock.advance(Seconds(3 * 3600) - Ticks(1));
  CHECK(by_refresh_token(w, token, "repository:a:pull").status == 200);
  w.clock.advance(Ticks(1));
  CHECK(by_refresh_token(w, token, "repository:a:pull").status == 401);
}

TEST_CASE("an access token is no refresh token", "[emulator]") {
  World w;
  const std::string access =
      make_access_token(keys().signer, {"node-blue", "localhost:2", {}}, w.clock.now(), "id").value();
  CHECK(by_refresh_token(w, access, "repository:a:pull").status == 401);
}

TEST_CASE("Docker sends a refresh token as the password of nobody", "[emulator]") {
  World w;
  const std::string token = refresh_token(w);
  CHECK(w.get("/oauth2/token?scope=repository:a:pull",
              World::basic("00000000-0000-0000-0000-000000000000", token))
            .status == 200);
  CHECK(w.get("/oauth2/token", World::basic("node-blue", token)).status == 401);
  CHECK(w.get("/oauth2/token", World::basic("00000000-0000-0000-0000-000000000000", "x")).status == 401);
}
