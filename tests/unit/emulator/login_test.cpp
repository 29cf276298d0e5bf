// The registry's token endpoint and its lists of tags, without a socket. Not tested here: Distribution's own
// enforcement, which the integration tests show.
#include "tests/emulator/access_tokens.h"
#include "tests/unit/emulator/world.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

const char* const kRead = R"("repositories/demo/app/content/read")";
const char* const kMetadata = R"("repositories/demo/app/content/read","repositories/demo/app/metadata/read")";

// "pull,push@demo/app" for each entry of the token's access.
std::string access_in(World& w, const Answer& answer) {
  const auto granted =
      read_access_token(keys().signer, text_at(answer, {"access_token"}), "localhost:2", w.clock.now());
  REQUIRE(granted);
  CHECK(granted->user == "node-blue");
  std::string text;
  for (const Scope& scope : granted->access) {
    if (!text.empty()) text += " ";
    for (const std::string& action : scope.actions) text += action + ",";
    text.back() = '@';
    text += scope.name;
  }
  return text;
}

std::string access_token(World& w, const std::string& scope, const std::string& password) {
  return text_at(w.get("/oauth2/token?scope=" + scope, World::basic("node-blue", password)),
                 {"access_token"});
}

}  // namespace

TEST_CASE("a login without a scope gets a token without access", "[emulator]") {
  World w;
  w.make_token();
  const Answer answer =
      w.get("/oauth2/token?account=node-blue&client_id=docker&offline_token=true&service=localhost:2",
            World::basic("node-blue", w.password()));
  REQUIRE(answer.status == 200);
  CHECK(access_in(w, answer).empty());
  CHECK(parsed(answer).object()->size() == 1);
}

TEST_CASE("scopes are reduced to what the token may do, and never refused", "[emulator]") {
  World w;
  w.make_token();
  const std::string basic = World::basic("node-blue", w.password());
  CHECK(access_in(w, w.get("/oauth2/token?scope=repository:demo/app:pull,push", basic)) == "pull@demo/app");
  CHECK(access_in(w, w.get("/oauth2/token?scope=repository:other:pull", basic)).empty());
  CHECK(access_in(w, w.get("/oauth2/token?scope=repository:demo/app:push,pull&scope=repository:other:pull",
                           basic)) == "pull@demo/app");
  CHECK(access_in(w, w.get("/oauth2/token?scope=registry:catalog:*", basic)).empty());
  CHECK(w.get("/oauth2/token?scope=nonsense", basic).status == 400);
}

TEST_CASE("a form with the password does the same", "[emulator]") {
  World w;
  w.make_token(kMetadata);
  const std::string password = percent_encode(w.password());
  const std::string form = "grant_type=password&service=localhost:2&username=node-blue&password=" + password;
  CHECK(access_in(w, w.form("/oauth2/token",
                            form + "&scope=repository:demo/app:metadata_read+repository:x:pull")) ==
        "metadata_read@demo/app");
  CHECK(w.form("/oauth2/token", "grant_type=refresh_token&refresh_token=x").status == 401);
  CHECK(w.form("/oauth2/token", "grant_type=refresh_token").status == 401);
  CHECK(w.form("/oauth2/token", "grant_type=client_credentials").status == 400);
  CHECK(w.form("/oauth2/token", "username=node-blue").status == 400);
  CHECK(w.form("/oauth2/token", "grant_type=password&username=node-blue").status == 401);
  CHECK(w.form("/oauth2/token", form, "text/plain").status == 400);
}

TEST_CASE("who does not log in is told so in the registry's words", "[emulator]") {
  World w;
  w.make_token();
  const std::string password = w.password(R"(,"expiry":"2026-01-01T00:00:10Z")");
  CHECK(w.get("/oauth2/token").status == 401);
  CHECK(w.get("/oauth2/token", "Basic broken").status == 401);
  CHECK(w.get("/oauth2/token", World::basic("nobody", password)).status == 401);
  const Answer wrong = w.get("/oauth2/token", World::basic("node-blue", "wrong"));
  CHECK(wrong.status == 401);
  CHECK_THAT(wrong.body, Contains(R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required)"));
  CHECK(w.get("/oauth2/token", World::basic("node-blue", password)).status == 200);
  w.clock.advance(Seconds(10));
  CHECK(w.get("/oauth2/token", World::basic("node-blue", password)).status == 401);
}

TEST_CASE("a disabled token does not log in", "[emulator]") {
  World w;
  w.make_token();
  const std::string basic = World::basic("node-blue", w.password());
  REQUIRE(w.arm("PATCH", "/tokens/node-blue", R"({"properties":{"status":"disabled"}})").status == 200);
  CHECK(w.get("/oauth2/token", basic).status == 401);
}

TEST_CASE("another registry's service is refused", "[emulator]") {
  World w;
  w.make_token();
  CHECK(w.get("/oauth2/token?service=elsewhere.azurecr.io", World::basic("node-blue", w.password())).status ==
        400);
}

TEST_CASE("without Distribution the base tells where to log in, and takes a token", "[emulator]") {
  World w;
  w.make_token();
  const Answer challenged = w.get("/v2/");
  CHECK(challenged.status == 401);
  CHECK(header(challenged, "WWW-Authenticate") ==
        R"(Bearer realm="https://localhost:2/oauth2/token",service="localhost:2")");
  CHECK_THAT(header(w.get("/v2/", "Bearer x"), "WWW-Authenticate"), Contains(R"(,error="invalid_token")"));
  CHECK(w.get("/v2/", "Bearer " + access_token(w, "repository:demo/app:pull", w.password())).status == 200);
}

TEST_CASE("a list of tags wants metadata_read and goes on with a token that Distribution takes",
          "[emulator]") {
  World w;
  w.make_token(kMetadata);
  const std::string token = access_token(w, "repository:demo/app:metadata_read", w.password());
  const Answer answer = w.get("/v2/demo/app/tags/list?n=5&last=a%20b", "Bearer " + token);
  REQUIRE(answer.status == 200);
  CHECK(header(answer, kGoOn) == "/-/distribution/v2/demo/app/tags/list?n=5&last=a%20b");
  const auto inner =
      read_access_token(keys().signer, header(answer, kInnerBearer), "localhost:2", w.clock.now());
  REQUIRE(inner);
  REQUIRE(inner->access.size() == 1);
  CHECK(inner->access[0].actions == std::vector<std::string>{"pull"});
  CHECK(inner->access[0].name == "demo/app");
}

TEST_CASE("a list of tags is refused to pull alone, with the scope to ask for", "[emulator]") {
  World w;
  w.make_token(kRead);
  const std::string scope = R"(,scope="repository:demo/app:metadata_read")";
  const Answer anonymous = w.get("/v2/demo/app/tags/list");
  CHECK(anonymous.status == 401);
  CHECK_THAT(header(anonymous, "WWW-Authenticate"), Catch::Matchers::EndsWith(scope));
  const std::string pull = access_token(w, "repository:demo/app:pull", w.password());
  const Answer refused = w.get("/v2/demo/app/tags/list", "Bearer " + pull);
  CHECK(refused.status == 401);
  CHECK_THAT(header(refused, "WWW-Authenticate"), Contains(scope + R"(,error="insufficient_scope")"));
  CHECK_THAT(refused.body,
             Contains(R"("detail":[{"Type":"repository","Name":"demo/app","Action":"metadata_read"}])"));
  CHECK(header(refused, kGoOn).empty());
  CHECK_THAT(header(w.get("/v2/demo/app/tags/list", "Bearer " + w.bearer), "WWW-Authenticate"),
             Contains("invalid_token"));
}

TEST_CASE("a list of tags of no repository is not found", "[emulator]") {
  World w;
  CHECK(w.get("/v2/Demo/tags/list").status == 404);
  CHECK(w.get("/v2/demo/%2e%2e/tags/list").status == 404);
}
