// Not tested here: real token endpoints (tests/integration/main_job.py).
#include "tests/support/catch.h"
#include "tests/unit/registry/arm.h"

namespace scoped::registry {
namespace {

using namespace scoped::test;

const std::string kGet = "GET https://myregistry.azurecr.io/oauth2/token?service=myregistry.azurecr.io";

TEST_CASE("a login is one request with Basic credentials and the registry's authorities", "[registry]") {
  FakeTransport transport;
  transport.answer("GET https://localhost:8443/oauth2/token?service=localhost%3A8443",
                   {200, R"({"access_token":"x"})"});
  const auto probe = make_login_probe(acr_registry(), transport);
  CHECK(probe->try_login("localhost:8443", "ci-main", Secret("pass/word+")).value() == Login::accepted);
  const auto sent = transport.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].headers == std::vector<net::Header>{{"Accept", "application/json"},
                                                    {"Authorization", "Basic Y2ktbWFpbjpwYXNzL3dvcmQr"}});
  CHECK(sent[0].ca_file == "/ca/registry.pem");
  CHECK(sent[0].body.empty());
}

TEST_CASE("only a 401 is a refusal, and only an access token is a login", "[registry]") {
  struct Row {
    Answer answer;
    std::string expected;
  };
  const std::string what = ": log in to 'myregistry.azurecr.io' as 'ci-main': ";
  const std::string no_token =
      "unavailable" + what + "the answer has no access token: check what stands between";
  const Row row = GENERATE_COPY(
      Row{{200, R"({"access_token":"x"})"}, "accepted"}, Row{{200, R"({"token":"x"})"}, "accepted"},
      Row{{401, R"({"errors":[{"code":"UNAUTHORIZED"}]})"}, "refused"}, Row{{401}, "refused"},
      Row{{200, "<html>sign in to the guest network</html>"}, no_token}, Row{{200}, no_token},
      Row{{200, R"({"access_token":null})"}, no_token}, Row{{403}, "denied" + what},
      Row{{404}, "not_found" + what}, Row{{429, "", {{"Retry-After", "9"}}}, "unavailable" + what},
      Row{{500}, "unavailable" + what}, Row{{302}, "invalid_input" + what});
  INFO(row.answer.status << " " << row.answer.body);
  FakeTransport transport;
  transport.answer(kGet, row.answer);
  const auto login = make_login_probe(acr_registry(), transport)
                         ->try_login("myregistry.azurecr.io", "ci-main", Secret("pw"));
  const std::string shown = login ? (*login == Login::accepted ? "accepted" : "refused") : outcome(login);
  CHECK(shown.substr(0, row.expected.size()) == row.expected);
  if (!login && row.answer.status == 429) CHECK(login.error().retry_after() == std::chrono::seconds(9));
  if (!login) CHECK(shown.find("guest") == std::string::npos);
}

TEST_CASE("a login without an answer is neither accepted nor refused", "[registry]") {
  FakeTransport transport;
  transport.answer(kGet, {200, R"({"access_token":"x"})"});
  transport.fail_before_sending = 1;
  const auto login = make_login_probe(acr_registry(), transport)
                         ->try_login("myregistry.azurecr.io", "ci-main", Secret("pw"));
  CHECK(outcome(login).rfind("unavailable: log in to 'myregistry.azurecr.io' as 'ci-main': GET https://",
                             0) == 0);
}

}  // namespace
}  // namespace scoped::registry
