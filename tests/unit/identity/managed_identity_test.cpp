// Each kind of host as it is documented. Not tested here: the emulator's (tests/azure/identities.py).
#include "common/identity/managed_identity.h"

#include "common/identity/managed_sources.h"
#include "tests/unit/identity/scene.h"

using namespace scoped;
using namespace scoped::identity;
using namespace scoped::identity::test;

namespace {

const std::string kMachine = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";
const std::string kResource = "&resource=https%3A%2F%2Fmanagement.azure.com";
const std::string kNone = "identity 'host': managed identity (metadata service): ";

struct ManagedScene : Scene {
  ManagedScene() : Scene("managed_identity") {}

  void answers(const std::string& line, Answer answer) { transport.answer(line, std::move(answer)); }
  std::string said_after(int status, const std::string& body = "") {
    answers("GET " + kMachine + kResource, {status, body});
    return authorize();
  }
};

}  // namespace

TEST_CASE("a virtual machine asks its metadata service", "[identity]") {
  ManagedScene scene;
  scene.answers(
      "GET " + kMachine + kResource,
      {200, R"({"access_token":"b1","expires_in":"86399","expires_on":"1767312000","resource":"r"})"});
  CHECK(scene.authorize() == "Bearer b1");
  const SentRequest sent = scene.transport.sent().at(0);
  CHECK(sent.headers == std::vector<net::Header>{{"Metadata", "true"}, {"Accept", "application/json"}});
  CHECK(sent.body.empty());
}

TEST_CASE("a bearer for a store is for what the store asks", "[identity]") {
  ManagedScene scene;
  scene.site = net::Site{.scope = kVaultScope};
  scene.answers("GET " + kMachine + "&resource=https%3A%2F%2Fvault.azure.net",
                {200, R"({"access_token":"v1","expires_in":"86399"})"});
  CHECK(scene.authorize() == "Bearer v1");
}

TEST_CASE("a user-assigned identity is named as each host wants it", "[identity]") {
  struct Row {
    std::map<std::string, std::string> variables;
    const char* setting;
    const char* line;
  };
  const Row row = GENERATE(
      Row{{},
          "client_id",
          "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
          "https%3A%2F%2Fmanagement.azure.com&client_id=u%2F1"},
      Row{{},
          "object_id",
          "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
          "https%3A%2F%2Fmanagement.azure.com&object_id=u%2F1"},
      Row{{},
          "resource_id",
          "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
          "https%3A%2F%2Fmanagement.azure.com&msi_res_id=u%2F1"},
      Row{{{"IDENTITY_ENDPOINT", "http://localhost:42/msi/token"}, {"IDENTITY_HEADER", "h"}},
          "client_id",
          "GET "
          "http://localhost:42/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com"
          "&client_id=u%2F1"},
      Row{{{"IDENTITY_ENDPOINT", "http://localhost:42/msi/token"}, {"IDENTITY_HEADER", "h"}},
          "object_id",
          "GET "
          "http://localhost:42/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com"
          "&principal_id=u%2F1"},
      Row{{{"IDENTITY_ENDPOINT", "http://localhost:42/msi/token"}, {"IDENTITY_HEADER", "h"}},
          "resource_id",
          "GET "
          "http://localhost:42/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com"
          "&mi_res_id=u%2F1"},
      Row{{{"MSI_ENDPOINT", "http://127.0.0.1:43/msi"}, {"MSI_SECRET", "s"}},
          "client_id",
          "GET http://127.0.0.1:43/msi?api-version=2017-09-01&resource=https%3A%2F%2Fmanagement.azure.com"
          "&clientid=u%2F1"});
  ManagedScene scene;
  scene.variables = row.variables;
  scene.set_text(row.setting, "u/1");
  scene.answers(row.line, {200, R"({"access_token":"b1","expires_in":"3600"})"});
  CHECK(scene.authorize() == "Bearer b1");
}

TEST_CASE("a choice that a host does not know is a configuration error", "[identity]") {
  struct Row {
    std::map<std::string, std::string> variables;
    const char* setting;
  };
  const Row row =
      GENERATE(Row{{{"MSI_ENDPOINT", "http://127.0.0.1:43/msi"}, {"MSI_SECRET", "s"}}, "object_id"},
               Row{{{"MSI_ENDPOINT", "http://127.0.0.1:43/msi"}}, "client_id"},
               Row{{{"IDENTITY_ENDPOINT", "http://127.0.0.1:40342/x"}, {"IMDS_ENDPOINT", "x"}}, "client_id"});
  ManagedScene scene;
  scene.variables = row.variables;
  scene.set_text(row.setting, "u1");
  CHECK(scene.authorize() ==
        "configuration: identity 'host': this kind of host does not take that choice of an "
        "identity: leave it out");
  CHECK(scene.transport.lines().empty());
}

TEST_CASE("two choices at once are a configuration error", "[identity]") {
  ManagedScene scene;
  scene.set_text("client_id", "a");
  scene.set_text("object_id", "b");
  CHECK(scene.authorize() ==
        "configuration: identity 'host': only one of 'client_id', 'object_id' and 'resource_id' may be set");
}

TEST_CASE("an App Service is asked with the secret of its header", "[identity]") {
  ManagedScene scene;
  const int64_t end = unix_seconds(scene.clock.now()) + 4 * 3600;
  SECTION("as of 2019") {
    scene.variables = {{"IDENTITY_ENDPOINT", "http://localhost:42/msi/token"},
                       {"IDENTITY_HEADER", "h1"},
                       {"MSI_ENDPOINT", "http://localhost:42/msi/token"},
                       {"MSI_SECRET", "h1"}};
    scene.answers("GET http://localhost:42/msi/token?api-version=2019-08-01" + kResource,
                  {200, R"({"access_token":"b1","expires_on":")" + std::to_string(end) + R"("})"});
    CHECK(scene.authorize() == "Bearer b1");
    CHECK(scene.transport.sent().at(0).header("X-IDENTITY-HEADER") == "h1");
  }
  SECTION("as of 2017") {
    scene.variables = {{"MSI_ENDPOINT", "http://localhost:42/msi/token/"}, {"MSI_SECRET", "h2"}};
    scene.answers("GET http://localhost:42/msi/token?api-version=2017-09-01" + kResource,
                  {200, R"({"access_token":"b1","expires_on":"1/1/2026 04:00:00 AM +00:00"})"});
    CHECK(scene.authorize() == "Bearer b1");
    CHECK(scene.transport.sent().at(0).header("secret") == "h2");
  }
  scene.clock.advance(Seconds(7190));
  scene.transport.forget();
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(scene.transport.lines().empty());
  scene.clock.advance(Seconds(10));
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(scene.transport.sent().size() == 1);  // half of its life is over
}

TEST_CASE("the Cloud Shell is asked with a form", "[identity]") {
  ManagedScene scene;
  scene.variables = {{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}};
  scene.answers("POST http://localhost:50342/oauth2/token",
                {200, R"({"access_token":"b1","expires_in":"3600"})"});
  CHECK(scene.authorize() == "Bearer b1");
  const SentRequest sent = scene.transport.sent().at(0);
  CHECK(sent.header("Metadata") == "true");
  CHECK(sent.content_type == "application/x-www-form-urlencoded");
  CHECK(sent.body == "resource=https%3A%2F%2Fmanagement.azure.com");
}

TEST_CASE("Azure Arc is asked again with the key from the file that it names", "[identity]") {
  ManagedScene scene;
  const std::string url = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
  scene.variables = {{"IDENTITY_ENDPOINT", url}, {"IMDS_ENDPOINT", "http://127.0.0.1:40342"}};
  const std::string line = "GET " + url + "?api-version=2019-11-01" + kResource;
  const std::string folder = scene.folder.path();
  const auto make = [&](const std::string& path) {
    scene.answers(line, {401, "", {{"WWW-Authenticate", "Basic realm=" + path}}});
    scene.answers(line, {200, R"({"access_token":"b1","expires_in":"3600"})"});
    scene.made = make_managed_identity_at(scene.settings, scene.context(), folder).value();
    return scene.authorize();
  };
  SECTION("a key of its folder") {
    CHECK(make(scene.keep("one.key", "k1")) == "Bearer b1");
    const auto sent = scene.transport.sent();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].header("Metadata") == "true");
    CHECK(sent[0].header("Authorization").empty());
    CHECK(sent[1].header("Authorization") == "Basic k1");
  }
  SECTION("no other file of the machine") {
    for (const std::string& path : {std::string("/etc/shadow"), folder + "/../x.key", folder + "/a/b.key",
                                    folder + "/x.txt", folder + "x/y.key", std::string()}) {
      scene.transport.forget();
      CHECK(make(path) == "denied: identity 'host': Azure Arc names a file that is not a key in '" + folder +
                              "': it is not read");
      CHECK(scene.transport.sent().size() == 1);
      break;
    }
  }
  SECTION("nor a key that is too large") {
    CHECK(make(scene.keep("one.key", std::string(4097, 'k')))
              .starts_with("corrupt: identity 'host': the key of Azure Arc"));
  }
}

TEST_CASE("the file that Arc names is a key right in its folder", "[identity]") {
  const std::string folder = "/var/opt/azcmagent/tokens";
  CHECK(arc_key_file("Basic realm=/var/opt/azcmagent/tokens/a.key", folder).value() == folder + "/a.key");
  CHECK(arc_key_file("Basic realm=\"/var/opt/azcmagent/tokens/a.key\"", folder).value() == folder + "/a.key");
  for (const char* path :
       {"/etc/shadow", "/var/opt/azcmagent/tokens/../x.key", "/var/opt/azcmagent/tokens/a/b.key",
        "/var/opt/azcmagent/tokens/x.txt", "/var/opt/azcmagent/tokensx/y.key", ""})
    CHECK(arc_key_file("Basic realm=" + std::string(path), folder).error().code() == ErrorCode::denied);
  CHECK(arc_key_file("Bearer x", folder).error().code() == ErrorCode::unavailable);
}

TEST_CASE("a metadata service that is busy is asked again after 1, 2 and 4 seconds", "[identity]") {
  const int status = GENERATE(404, 429, 500, 503);
  ManagedScene scene;
  CHECK(
      scene.said_after(status).starts_with(status == 404 ? "not_found: " + kNone : "unavailable: " + kNone));
  CHECK(scene.waits == std::vector<std::chrono::milliseconds>{
                           std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(4)});
  CHECK(scene.transport.sent().size() == 4);
}

TEST_CASE("a metadata service that is being replaced is asked for 70 seconds", "[identity]") {
  ManagedScene scene;
  CHECK(scene.said_after(410) ==
        "unavailable: " + kNone + "the metadata service is being replaced: try again later (HTTP 410)");
  CHECK(scene.waits == std::vector<std::chrono::milliseconds>(7, std::chrono::seconds(10)));
  SECTION("and once it is back it answers") {
    ManagedScene other;
    other.answers("GET " + kMachine + kResource, {410, ""});
    other.answers("GET " + kMachine + kResource, {200, R"({"access_token":"b1","expires_in":"3600"})"});
    CHECK(other.authorize() == "Bearer b1");
  }
}

TEST_CASE("a Retry-After is a floor for the next try", "[identity]") {
  ManagedScene scene;
  scene.answers("GET " + kMachine + kResource, {429, "", {{"Retry-After", "7"}}});
  scene.answers("GET " + kMachine + kResource, {200, R"({"access_token":"b1","expires_in":"3600"})"});
  CHECK(scene.authorize() == "Bearer b1");
  CHECK(scene.waits == std::vector<std::chrono::milliseconds>{std::chrono::seconds(7)});
}

TEST_CASE("what another try does not mend is said at once", "[identity]") {
  ManagedScene scene;
  SECTION("no identity") {
    CHECK(scene.said_after(400, R"({"error":"invalid_request","error_description":"Identity not found"})") ==
          "login: " + kNone +
              "no identity is assigned to this host, or several without one being named: assign one, or set "
              "client_id (HTTP 400)");
  }
  SECTION("not the one that is named") {
    scene.set_text("client_id", "u1");
    scene.answers("GET " + kMachine + kResource + "&client_id=u1", {400, ""});
    CHECK(scene.authorize() ==
          "login: " + kNone +
              "the host has no such identity: assign it, or correct the setting that names it "
              "(HTTP 400)");
  }
  SECTION("forbidden") {
    CHECK(scene.said_after(403).starts_with("login: " + kNone + "the host does not let this program ask"));
  }
  CHECK(scene.waits.empty());
  CHECK(scene.transport.sent().size() == 1);
}

TEST_CASE("no metadata service is one line and one try", "[identity]") {
  ManagedScene scene;
  scene.transport.fail_before_sending = 1;
  CHECK(
      scene.authorize() ==
      "unavailable: identity 'host': no managed identity here (is this a virtual machine of Azure, and its "
      "metadata service not blocked?): GET http://169.254.169.254/metadata/identity/oauth2/token?api-version="
      "2018-02-01&resource=[redacted]: cannot connect");
  CHECK(scene.waits.empty());
}

TEST_CASE("a host that asks for a stop while it is waited for ends at once", "[identity]") {
  ManagedScene scene;
  scene.waiting = false;
  CHECK(scene.said_after(503) == "cancelled: identity 'host': asked to stop");
}

TEST_CASE("a bearer is taken from no stranger's address", "[identity]") {
  ManagedScene scene;
  scene.variables = {
      {"IDENTITY_ENDPOINT", GENERATE("http://evil.example.com/msi", "ftp://x", "http://localhost/?a")},
      {"IDENTITY_HEADER", "h"}};
  CHECK(scene.authorize() ==
        "configuration: identity 'host': $IDENTITY_ENDPOINT is no address of a token service here");
}

TEST_CASE("another address may be told for the metadata service", "[identity]") {
  ManagedScene scene;
  scene.variables = {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://localhost:8080/"}};
  scene.answers("GET http://localhost:8080/metadata/identity/oauth2/token?api-version=2018-02-01" + kResource,
                {200, R"({"access_token":"b1","expires_in":3600})"});
  CHECK(scene.authorize() == "Bearer b1");
}

TEST_CASE("the dates of the App Service of 2017 are read", "[identity]") {
  const auto shown = [](const char* text) {
    const auto at = parse_app_service_time(text);
    return at ? format_rfc3339(*at) : "none";
  };
  CHECK(shown("11/26/2026 21:53:18 +00:00") == "2026-11-26T21:53:18Z");
  CHECK(shown("9/4/2026 9:05:08 PM +00:00") == "2026-09-04T21:05:08Z");
  CHECK(shown("9/4/2026 12:05:08 AM +00:00") == "2026-09-04T00:05:08Z");
  CHECK(shown("9/4/2026 12:05:08 PM +00:00") == "2026-09-04T12:05:08Z");
  for (const char* text : {"", "1767312000", "13/40/2026 21:53:18 +00:00", "11/26/2026 21:53:18",
                           "11/26/2026", "11/26/2026 21:53:18 +01:00", "11/26/2026 21:53:18 PM"})
    CHECK(shown(text) == "none");
}
