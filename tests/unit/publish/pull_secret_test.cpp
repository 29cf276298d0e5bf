// Not tested here: the API server's own answers (tests/kubernetes).
#include "agent/publish/kubernetes/pull_secret.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::publish::kubernetes;

namespace {

Login login(int64_t generation = 3, const std::string& password = "secret") {
  return {{"r.io", "blue"}, generation, "blue", Secret(password)};
}
const Wanted kWanted{"team-a", "acr-pull", {}};

struct Given {
  std::string document = R"({"auths": {"r.io": {"auth": "eDp5"}}})";
  std::string type = std::string(kPullSecretType);
  std::string manager = "scoped-agent";
  std::string generations = R"({\"r.io/blue\":2,\"r.io/green\":7})";
  std::string more = {};
};

PullSecret secret(const Given& given) {
  const std::string text =
      R"({"metadata": {"name": "acr-pull", "namespace": "team-a", "resourceVersion": "41",
    "annotations": {"docker-credential-scoped/generations": ")" +
      given.generations + R"("},
    "managedFields": [{"manager": ")" +
      given.manager +
      R"(", "fieldsV1": {"f:data": {".": {}, "f:.dockerconfigjson": {}}, "f:type": {}}},
      {"manager": "labeller", "fieldsV1": {"f:metadata": {"f:labels": {}}}}]},
    "type": ")" +
      given.type + R"(", "data": {".dockerconfigjson": ")" + crypto::base64(given.document) + R"("})" +
      given.more + "}";
  const auto document = json::parse(text);
  REQUIRE(document);
  auto read = read_pull_secret(*document);
  REQUIRE(read);
  return std::move(*read);
}

std::string problem(const Given& given, const Login& wanted = login(), const Wanted& place = kWanted) {
  const PullSecret found = secret(given);
  const auto change = plan_change(&found, wanted, place);
  return change ? (*change ? "changes it" : "is there") : change.error().line();
}

json::Value body(const Change& change) { return json::parse(change.body.reveal()).value(); }

}  // namespace

TEST_CASE("a pull secret is made where there is none", "[publish]") {
  const auto change = plan_change(nullptr, login(), kWanted);
  REQUIRE(change);
  REQUIRE(*change);
  CHECK_FALSE((*change)->force);
  CHECK(
      (*change)->body.reveal() ==
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"acr-pull","namespace":"team-a","labels":{)"
      R"("app.kubernetes.io/managed-by":"scoped-agent"},"annotations":{)"
      R"("docker-credential-scoped/generations":"{\"r.io/blue\":3}"}},"type":"kubernetes.io/dockerconfigjson",)"
      R"("data":{".dockerconfigjson":")" +
          crypto::base64("{\"auths\": {\"r.io\": {\"auth\": \"Ymx1ZTpzZWNyZXQ=\"}}}\n") + "\"}}");
}

TEST_CASE("a change keeps other registries and other tokens, and says what it was made from", "[publish]") {
  const PullSecret found = secret({.document = R"({"auths": {"ghcr.io": {"auth": "eDp5"}}})"});
  const auto change = plan_change(&found, login(), kWanted);
  REQUIRE(change);
  REQUIRE(*change);
  const json::Value applied = body(**change);
  CHECK(*applied.at({"metadata", "resourceVersion"})->text() == "41");
  CHECK(*applied.at({"metadata", "annotations", "docker-credential-scoped/generations"})->text() ==
        R"({"r.io/blue":3,"r.io/green":7})");
  CHECK(crypto::parse_base64(*applied.at({"data", ".dockerconfigjson"})->text()) ==
        R"({"auths": {"ghcr.io": {"auth": "eDp5"},"r.io": {"auth": "Ymx1ZTpzZWNyZXQ="}}})");
}

TEST_CASE("what is there already is not written again", "[publish]") {
  Given given{.document = R"({"auths": {"r.io": {"auth": "Ymx1ZTpzZWNyZXQ="}}})",
              .generations = R"({\"r.io/blue\":3})"};
  CHECK(problem(given) == "is there");
  given.generations = "";
  CHECK(problem(given) == "changes it");  // to say which generation it is
  given.manager = "kubectl-edit";
  CHECK(problem(given) == "is there");  // no quarrel about that
}

TEST_CASE("another manager's secret is left alone until it is named", "[publish]") {
  const Given given{.manager = "kubectl-create", .generations = ""};
  CHECK(problem(given) ==
        "secret 'team-a/acr-pull' is kept by 'kubectl-create', so it is left alone: name the managers in "
        "'take_from' if they shall give way, or set another 'secret'");
  const PullSecret found = secret(given);
  const auto change = plan_change(&found, login(), {"team-a", "acr-pull", {"kubectl-create"}});
  REQUIRE(change);
  REQUIRE(*change);
  CHECK((*change)->force);
  CHECK(problem(given, login(), {"team-a", "acr-pull", {"kubectl-edit"}}).find("is left alone") !=
        std::string::npos);
}

TEST_CASE("an agent that is behind does not put an old password back", "[publish]") {
  const Given given{.generations = R"({\"r.io/blue\":4})"};
  CHECK(problem(given, login(3))
            .starts_with("secret 'team-a/acr-pull' holds generation 4 of 'r.io/blue' and "
                         "the store 3: another agent is ahead"));
  CHECK(problem(given, login(4)) == "changes it");
}

TEST_CASE("what no password can be put into is said with the remedy", "[publish]") {
  CHECK(problem({.type = "Opaque"}) ==
        "secret 'team-a/acr-pull' is of type 'Opaque', which is fixed, and a pull secret is "
        "'kubernetes.io/dockerconfigjson': set another 'secret', or run 'kubectl delete secret acr-pull -n "
        "team-a' and it is made anew");
  CHECK(
      problem({.more = ", \"immutable\": true"}) ==
      "secret 'team-a/acr-pull' is immutable, so that no password in it can be replaced: run 'kubectl delete "
      "secret acr-pull -n team-a' and it is made anew");
  const std::string broken = problem({.document = "hunter2"});
  CHECK(broken.starts_with("secret 'team-a/acr-pull' holds no document of logins: run 'kubectl delete"));
  CHECK(broken.find("hunter2") == std::string::npos);
}

TEST_CASE("what is no secret is not read as one", "[publish]") {
  for (const char* text :
       {"{}", "[]", R"({"metadata": {"name": "x"}})",
        R"({"metadata": {"name": "x", "resourceVersion": "1"}, "data": {".dockerconfigjson": "%"}})"}) {
    INFO(text);
    const auto read = read_pull_secret(json::parse(text).value());
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::corrupt);
  }
}
