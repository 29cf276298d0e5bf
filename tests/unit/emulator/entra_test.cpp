// Entra's token endpoint without a socket. Not tested here: the bearers themselves (bearers_test.cpp).
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

struct Ask {
  std::string grant_type = "client_credentials";
  std::string client_id, client_secret;
  std::string scope = "https%3A%2F%2Fmanagement.azure.com%2F.default";
};

Ask good_ask(const World& w) {
  Ask ask;
  ask.client_id = w.site.model.facts().client_id;
  ask.client_secret = w.site.model.facts().client_secret.reveal();
  return ask;
}

Answer send(World& w, const Ask& ask, std::string tenant = "") {
  if (tenant.empty()) tenant = w.site.model.facts().tenant;
  return w.form("/" + tenant + "/oauth2/v2.0/token",
                "grant_type=" + ask.grant_type + "&client_id=" + ask.client_id +
                    "&client_secret=" + ask.client_secret + "&scope=" + ask.scope);
}

}  // namespace

TEST_CASE("a client secret buys a bearer that ARM accepts until its end", "[emulator]") {
  World w;
  const Answer answer = send(w, good_ask(w));
  REQUIRE(answer.status == 200);
  CHECK(text_at(answer, {"token_type"}) == "Bearer");
  CHECK(*parsed(answer).at({"expires_in"})->integer() == 60);
  w.bearer = text_at(answer, {"access_token"});
  CHECK(w.arm("GET", "/tokens").status == 200);
  w.clock.advance(Seconds(60));
  CHECK(w.arm("GET", "/tokens").status == 401);
}

TEST_CASE("the audience is the scope without its last part", "[emulator]") {
  World w;
  Ask ask = good_ask(w);
  ask.scope = "https%3A%2F%2Fvault.azure.net%2F.default";
  w.bearer = text_at(send(w, ask), {"access_token"});
  CHECK(code_of(w.arm("GET", "/tokens")) == "InvalidAuthenticationTokenAudience");
  ask.scope = "https://management.core.windows.net//.default";
  w.bearer = text_at(send(w, ask), {"access_token"});
  CHECK(w.arm("GET", "/tokens").status == 200);
}

TEST_CASE("a wrong secret is an invalid client", "[emulator]") {
  World w;
  Ask ask = good_ask(w);
  ask.client_secret += "x";
  const Answer answer = send(w, ask);
  CHECK(answer.status == 401);
  CHECK(text_at(answer, {"error"}) == "invalid_client");
  CHECK_THAT(text_at(answer, {"error_description"}), Catch::Matchers::StartsWith("AADSTS7000215: "));
  CHECK_THAT(answer.body, Contains("\"error_codes\":[7000215]"));
  CHECK_THAT(answer.body, !Contains(ask.client_secret));
}

TEST_CASE("every other mistake has Entra's number", "[emulator]") {
  World w;
  struct Row {
    const char* why;
    void (*change)(Ask&);
    int status;
    const char* number;
  };
  for (const Row& row :
       {Row{"no secret", [](Ask& a) { a.client_secret.clear(); }, 401, "AADSTS7000216"},
        {"unknown client", [](Ask& a) { a.client_id = "nobody"; }, 400, "AADSTS700016"},
        {"no client", [](Ask& a) { a.client_id.clear(); }, 400, "AADSTS900144"},
        {"another grant", [](Ask& a) { a.grant_type = "password"; }, 400, "AADSTS70003"},
        {"no scope", [](Ask& a) { a.scope.clear(); }, 400, "AADSTS900144"},
        {"no .default", [](Ask& a) { a.scope = "https://vault.azure.net"; }, 400, "AADSTS1002012"},
        {"two scopes", [](Ask& a) { a.scope = "a+b/.default"; }, 400, "AADSTS1002012"}}) {
    INFO(row.why);
    Ask ask = good_ask(w);
    row.change(ask);
    const Answer answer = send(w, ask);
    CHECK(answer.status == row.status);
    CHECK_THAT(text_at(answer, {"error_description"}), Contains(row.number));
  }
  CHECK_THAT(send(w, good_ask(w), "other").body, Contains("AADSTS90002"));
  CHECK(w.form("/" + w.site.model.facts().tenant + "/oauth2/v2.0/token", "{}", "application/json").status ==
        400);
}

TEST_CASE("a fault of Entra has the form of Entra's errors", "[emulator]") {
  World w;
  w.arm_fault(R"({"fault":"arm_status","match":"entra ","status":503,"times":1})");
  const Answer answer = send(w, good_ask(w));
  CHECK(answer.status == 503);
  CHECK(text_at(answer, {"error"}) == "server_error");
  CHECK(send(w, good_ask(w)).status == 200);
}
