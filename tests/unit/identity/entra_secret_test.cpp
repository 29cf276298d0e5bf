// Not tested here: the life of a bearer (bearer_test, bearer_cache_test), a real token endpoint.
#include "common/identity/identity.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>

using namespace scoped;
using test::Answer;

namespace {

const std::string kUrl = "https://login.example.com/contoso/oauth2/v2.0/token";
const std::string kBearer = R"({"token_type":"Bearer","expires_in":3599,"access_token":"b1"})";

struct World {
  test::FakeClock clock;
  test::FakeTransport transport{&clock};
  FixedEnvironment environment{{{"SECRET", "a+b/c~1"}}, geteuid()};
  test::SeededRandom random;
  config::Typed settings;

  World() {
    settings.name = "rotator";
    settings.type = "entra_secret";
    settings.values = {{"authority", "https://login.example.com"},
                       {"tenant", "contoso"},
                       {"client_id", "app 1"},
                       {"client_secret", config::SecretSource{config::SecretSource::Kind::env, "SECRET"}},
                       {"scope", "https://management.azure.com/.default"}};
  }

  Result<std::unique_ptr<net::Authorizer>> make() {
    return identity::make_identity(settings, {transport, clock, environment, random});
  }
  std::string authorize(net::Authorizer& authorizer) {
    net::Request request;
    const auto done = authorizer.authorize(request);
    if (!done) return std::string(name_of(done.error().code())) + ": " + done.error().line();
    return std::string(request.secret_headers.at(0).second.reveal());
  }
  std::string outcome_of(Answer answer) {
    transport.answer("POST " + kUrl, std::move(answer));
    return authorize(*make().value());
  }
};

std::string refusal(const std::string& error, const std::string& description) {
  return R"({"error":")" + error + R"(","error_description":")" + description +
         R"(","correlation_id":"c-1"})";
}

}  // namespace

TEST_CASE("a login is one POST of the client credentials form", "[identity]") {
  World world;
  world.settings.values["ca_file"] = std::string("/etc/ca.pem");
  CHECK(world.outcome_of({200, kBearer}) == "Bearer b1");
  REQUIRE(world.transport.lines() == "POST " + kUrl);
  const test::SentRequest sent = world.transport.sent().at(0);
  CHECK(sent.headers == std::vector<net::Header>{{"Accept", "application/json"}});
  CHECK(sent.content_type == "application/x-www-form-urlencoded");
  CHECK(sent.body ==
        "grant_type=client_credentials&client_id=app%201&client_secret=a%2Bb%2Fc~1"
        "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");
  CHECK(sent.ca_file == "/etc/ca.pem");
}

TEST_CASE("authority and tenant make the address, whatever they contain", "[identity]") {
  World world;
  world.settings.values["authority"] = std::string("https://login.example.com/");
  world.settings.values["tenant"] = std::string("a/../b?c");
  world.transport.handle([](const test::SentRequest&) -> Result<Answer> { return Answer{200, kBearer}; });
  CHECK(world.authorize(*world.make().value()) == "Bearer b1");
  CHECK(world.transport.lines() == "POST https://login.example.com/a%2F..%2Fb%3Fc/oauth2/v2.0/token");
}

TEST_CASE("the client secret is read again at each login", "[identity]") {
  World world;
  test::TemporaryFolder folder;
  const std::string path = folder / "secret";
  const auto write = [&](const std::string& text) {
    test::spill(path, text);
    REQUIRE(chmod(path.c_str(), 0600) == 0);
  };
  world.settings.values["client_secret"] = config::SecretSource{config::SecretSource::Kind::file, path};
  world.transport.answer("POST " + kUrl, {200, kBearer});
  write("old\n");
  const auto authorizer = world.make().value();
  CHECK(world.authorize(*authorizer) == "Bearer b1");
  write("new\n");
  authorizer->refused();
  CHECK(world.authorize(*authorizer) == "Bearer b1");
  CHECK(world.transport.sent().at(0).body.find("&client_secret=old&") != std::string::npos);
  CHECK(world.transport.sent().at(1).body.find("&client_secret=new&") != std::string::npos);
  std::filesystem::remove(path);
  authorizer->refused();
  const std::string outcome = world.authorize(*authorizer);
  CAPTURE(outcome);
  CHECK(outcome.starts_with("not_found: identity 'rotator': secret 'file:"));
}

TEST_CASE("a secret that cannot be read is told when the identity is made", "[identity]") {
  World world;
  world.settings.values["client_secret"] = config::SecretSource{config::SecretSource::Kind::env, "NONE"};
  const auto made = world.make();
  REQUIRE_FALSE(made);
  CHECK(made.error().line() == "identity 'rotator': secret 'env:NONE': variable is not set");
  CHECK(made.error().code() == ErrorCode::not_found);
}

TEST_CASE("a refusal of Entra says what to do, in one line", "[identity]") {
  struct Row {
    int status;
    const char* error;
    const char* description;
    const char* line;
  };
  const Row row = GENERATE(
      Row{401, "invalid_client", "AADSTS7000215: Invalid client secret 'hunter2' for app 'x'.",
          "login: client secret refused: check client_secret (HTTP 401, invalid_client AADSTS7000215)"},
      Row{401, "invalid_client", "AADSTS7000222: The keys are expired.",
          "login: the client secret has expired: make a new one, change client_secret (HTTP 401, "
          "invalid_client "
          "AADSTS7000222)"},
      Row{401, "invalid_client", "no number",
          "login: the login is refused: check client_id and what it proves itself with (HTTP 401, "
          "invalid_client)"},
      Row{400, "unauthorized_client", "AADSTS700016: Application not found.",
          "login: the tenant does not know the application: check client_id and tenant (HTTP 400, "
          "unauthorized_client "
          "AADSTS700016)"},
      Row{400, "invalid_request", "AADSTS90002: Tenant 'x' not found.",
          "login: there is no such tenant: check tenant (HTTP 400, invalid_request AADSTS90002)"},
      Row{401, "invalid_client", "AADSTS700027: the certificate with thumbprint x.",
          "login: the application does not know the client certificate: upload it there, or check "
          "certificate (HTTP "
          "401, invalid_client AADSTS700027)"},
      Row{401, "invalid_client", "AADSTS700211: No matching federated identity record.",
          "login: no federated credential of the application fits the token's issuer: check it there (HTTP "
          "401, "
          "invalid_client AADSTS700211)"},
      Row{401, "invalid_client", "AADSTS700024: Client assertion is not within its valid time range.",
          "login: the login is not within its time: check the clock of this machine (HTTP 401, "
          "invalid_client "
          "AADSTS700024)"},
      Row{401, "unauthorized_client", "AADSTS7000112: Application is disabled.",
          "login: the application is disabled: enable it in the tenant (HTTP 401, unauthorized_client "
          "AADSTS7000112)"},
      Row{400, "invalid_request",
          "AADSTS900382: Confidential Client is not supported in Cross Cloud request.",
          "login: the tenant is in another cloud: check cloud (HTTP 400, invalid_request AADSTS900382)"},
      Row{400, "invalid_resource", "AADSTS500011: The resource principal was not found.",
          "login: the tenant has no resource of that scope: check scope and cloud (HTTP 400, "
          "invalid_resource "
          "AADSTS500011)"},
      Row{400, "invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access policies.",
          "login: conditional access of the tenant blocks the login: have this machine or application "
          "allowed (HTTP "
          "400, invalid_grant AADSTS53003)"},
      Row{400, "interaction_required", "AADSTS9999999: x",
          "login: a person is asked for: log in with 'az login' (HTTP 400, interaction_required "
          "AADSTS9999999)"},
      Row{400, "invalid_scope", "", "login: the scope is refused: check scope (HTTP 400, invalid_scope)"});
  World world;
  const std::string outcome = world.outcome_of({row.status, refusal(row.error, row.description)});
  const std::string line(row.line);
  CHECK(outcome == "login: identity 'rotator': POST " + kUrl + ": " + line.substr(7));
}

TEST_CASE("what Entra says else is told by its status and its identifiers", "[identity]") {
  World world;
  const std::string start = "identity 'rotator': POST " + kUrl;
  SECTION("an unknown error") {
    CHECK(
        world.outcome_of({400, refusal("invalid_request", "AADSTS900144: x AADSTS1")}) ==
        "invalid_input: " + start +
            " (invalid_request AADSTS900144): HTTP 400 Bad Request: the server does not accept this request");
  }
  SECTION("throttled") {
    CHECK(world.outcome_of({429, refusal("invalid_client", "AADSTS90033: x"), {{"Retry-After", "9"}}}) ==
          "unavailable: " + start +
              " (invalid_client AADSTS90033): HTTP 429 Too Many Requests: try again in 9 s");
  }
  SECTION("down") {
    CHECK(world.outcome_of({503, "<html>hunter2</html>"}) ==
          "unavailable: " + start + ": HTTP 503 Service Unavailable: try again later");
  }
  SECTION("an answer that is not Entra's") {
    CHECK(world.outcome_of({401, ""}) ==
          "login: " + start +
              ": HTTP 401 Unauthorized: the credentials were refused or have lapsed; log in again");
  }
  SECTION("a redirect") {
    CHECK(world.outcome_of({302, ""}).starts_with("invalid_input: " + start + ": HTTP 302 Found"));
  }
}

TEST_CASE("identifiers that are not plain are left out", "[identity]") {
  const std::string error = GENERATE(std::string("a b"), std::string("a\\nb"), std::string("\\u001b[2J"),
                                     std::string(65, 'a'), std::string("<script>"), std::string());
  const std::string description =
      GENERATE(std::string("AADSTS"), std::string("AADSTSx1"), std::string("AADSTS1234567890123"));
  World world;
  CHECK(world.outcome_of({400, refusal(error, description)}) ==
        "invalid_input: identity 'rotator': POST " + kUrl +
            ": HTTP 400 Bad Request: the server does not accept this request");
}

TEST_CASE("an error in another form is no error of Entra's", "[identity]") {
  const char* body = GENERATE(R"({"error":{"code":"invalid_client"}})", R"({"error":null})",
                              R"(["invalid_client"])", R"({"error_description":["AADSTS1"]})", "{");
  World world;
  CHECK(world.outcome_of({403, body}).find(": HTTP 403 Forbidden") != std::string::npos);
}

TEST_CASE("a login whose answer is lost may be tried again", "[identity]") {
  World world;
  world.transport.lose_answers = 1;
  world.transport.answer("POST " + kUrl, {200, kBearer});
  const auto authorizer = world.make().value();
  CHECK(world.authorize(*authorizer).starts_with("unavailable: identity 'rotator': POST "));
  CHECK(world.authorize(*authorizer) == "Bearer b1");
}

TEST_CASE("the table has one row for each type, with a doc for every setting", "[identity]") {
  REQUIRE(!identity::types().empty());
  for (const identity::Type& type : identity::types()) {
    CHECK(identity::find_type(type.name) == &type);
    CHECK(type.doc.ends_with("."));
    CHECK(type.fence_max > std::chrono::seconds(0));
    for (const config::Setting& setting : type.settings) CHECK(setting.doc.ends_with("."));
  }
  CHECK(identity::find_type("entra_secret")->fence_max == std::chrono::minutes(90));
  CHECK(identity::find_type("entra") == nullptr);
}

TEST_CASE("an identity of an unknown type is a configuration error", "[identity]") {
  World world;
  world.settings.type = "entra";
  CHECK(world.make().error().line() == "identity 'rotator' has unknown type 'entra'");
  CHECK(world.make().error().code() == ErrorCode::configuration);
}
