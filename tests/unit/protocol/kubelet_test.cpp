// Not tested here: what kubelet makes of the answers (tests/integration/kubelet.py runs its own code); which
// token an image selects and how long an answer may be kept (answer).
#include "common/protocol/kubelet.h"

#include "common/json/value.h"
#include "common/protocol/texts.h"
#include "tests/support/catch.h"

namespace scoped::protocol {
namespace {

using namespace std::chrono_literals;

std::string request_of(const std::string& image,
                       const std::string& version = "credentialprovider.kubelet.k8s.io/v1") {
  return R"({"kind":"CredentialProviderRequest","apiVersion":")" + version + R"(","image":")" + image +
         "\"}\n";
}

std::string image_in(const std::string& input) {
  const auto request = parse_kubelet_request(input);
  return request ? request->image : "(" + request.error().line() + ")";
}

std::string display(std::string_view image) {
  const auto key = read_image(image);
  return key ? key->registry + " " + key->repository : "none";
}

std::string answer_for(const std::string& image, bool with_previous, Seconds keep_for = 600s) {
  const KubeletRequest request{"credentialprovider.kubelet.k8s.io/v1", image};
  const Secret current(std::string_view("new")), previous(std::string_view("old"));
  const KubeletLogin first{"puller", current}, second{"robot", previous};
  return std::string(
      format_kubelet_logins(request, first, with_previous ? &second : nullptr, keep_for).reveal());
}

// The patterns of an answer, in their order.
std::string patterns_for(const std::string& image) {
  const auto answer = json::parse(answer_for(image, true));
  REQUIRE(answer);
  std::string patterns;
  for (const json::Member& member : answer->at({"auth"})->object()->members())
    patterns += (patterns.empty() ? "" : " ") + member.key;
  return patterns;
}

TEST_CASE("a request of each version that kubelet has had is understood", "[protocol]") {
  for (const char* version :
       {"credentialprovider.kubelet.k8s.io/v1", "credentialprovider.kubelet.k8s.io/v1beta1",
        "credentialprovider.kubelet.k8s.io/v1alpha1"}) {
    const auto request = parse_kubelet_request(request_of("reg.io/team/app", version));
    REQUIRE(request);
    CHECK(request->api_version == version);
    CHECK(request->image == "reg.io/team/app");
  }
}

TEST_CASE("what a later kubelet may add to a request is ignored", "[protocol]") {
  CHECK(image_in(R"({"image":"reg.io/app","apiVersion":"credentialprovider.kubelet.k8s.io/v1",
    "kind":"CredentialProviderRequest","serviceAccountToken":"t","serviceAccountAnnotations":{"a":"b"},
    "later":[{"x":1}]})") == "reg.io/app");
}

TEST_CASE("a tag or a digest that was left on the image is cut, a port is not", "[protocol]") {
  const std::string digest = "@sha256:" + std::string(64, '0');
  for (const std::string& tail : {std::string(), std::string(":1.2"), digest, ":1.2" + digest})
    for (const std::string name :
         {"reg.io/team/app", "reg.io:5000/team/app", "localhost:5000/app", "app", "team/app"})
      CHECK(image_in(request_of(name + tail)) == name);
}

TEST_CASE("whatever is no request is refused in one fixed line that quotes nothing", "[protocol]") {
  const std::string line =
      "(not a CredentialProviderRequest of credentialprovider.kubelet.k8s.io v1, v1beta1 or "
      "v1alpha1 with an image)";
  const std::string good = request_of("reg.io/hunter2");
  for (const std::string& input :
       {std::string(),
        std::string("\n"),
        std::string("hunter2"),
        std::string("[]"),
        std::string("null"),
        std::string("\"hunter2\""),
        std::string("{}"),
        std::string("{\"image\":\"hunter2\"}"),
        good + "{}",
        good.substr(0, good.size() - 2),
        request_of(""),
        request_of(":tag"),
        request_of("@sha256:00"),
        request_of("reg.io/hunter2", "credentialprovider.kubelet.k8s.io/v2"),
        request_of("reg.io/hunter2", "v1"),
        std::string(
            R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
            R"("image":"hunter2"})"),
        std::string(
            R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
            R"("image":["hunter2"]})"),
        std::string(
            R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
            R"("image":"hunter2","image":"hunter2"})"),
        request_of("reg.io/\xff"),
        std::string("// hunter2\n") + good,
        request_of(std::string(256 << 10, 'x'))})
    CHECK(image_in(input) == line);
}

TEST_CASE("an image names a registry and a repository by Docker's rules", "[protocol]") {
  struct Row {
    const char* image;
    const char* key;
  };
  const auto row = GENERATE(values<Row>({
      {"reg.azurecr.io/app", "reg.azurecr.io app"},
      {"reg.azurecr.io/team/sub/app", "reg.azurecr.io team/sub/app"},
      {"REG.azurecr.io/app", "reg.azurecr.io app"},
      {"REG/app", "reg app"},
      {"reg.io:443/app", "reg.io app"},
      {"reg.io:5000/app", "reg.io:5000 app"},
      {"localhost/app", "localhost app"},
      {"localhost:5000/app", "localhost:5000 app"},
      {"nginx", "docker.io library/nginx"},
      {"team/app", "docker.io team/app"},
      {"docker.io/nginx", "docker.io library/nginx"},
      {"index.docker.io/library/nginx", "docker.io library/nginx"},
      {"registry-1.docker.io/team/app", "docker.io team/app"},
      {"reg.io/v1", "reg.io v1"},
      {"reg.io/v2", "reg.io v2"},
      {"reg.io/v2/app", "reg.io v2/app"},
      {"", "none"},
      {"/", "none"},
      {"reg.io/", "none"},
      {"reg.io//app", "none"},
      {"reg.io/app/", "none"},
      {"https://reg.io/app", "none"},
      {"https://reg.io", "none"},
      {"reg.io/App", "none"},
      {"reg.io/a b", "none"},
      {"reg.io/app?x", "none"},
      {"reg.io/%61pp", "none"},
      {"reg.io:port/app", "none"},
      {"*.io/app", "none"},
  }));
  CHECK(display(row.image) == row.key);
}

TEST_CASE("an answer has exactly the members that kubelet's strict decoder knows", "[protocol]") {
  CHECK(answer_for("reg.io/team/app", false) ==
        R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
        R"("cacheKeyType":"Image","cacheDuration":"10m0s",)"
        R"("auth":{"reg.io/team/app":{"username":"puller","password":"new"}}})"
        "\n");
  CHECK(answer_for("reg.io/team/app", true, 0s) ==
        R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
        R"("cacheKeyType":"Image","cacheDuration":"0s",)"
        R"("auth":{"reg.io/team/app":{"username":"puller","password":"new"},)"
        R"("reg.io/team/ap":{"username":"robot","password":"old"}}})"
        "\n");
}

TEST_CASE("the previous password stands under the longest beginning of the image, never under a shorter host",
          "[protocol]") {
  struct Row {
    const char* image;
    const char* patterns;
  };
  const auto row = GENERATE(values<Row>({
      {"reg.io/team/app", "reg.io/team/app reg.io/team/ap"},
      {"reg.io/team/a", "reg.io/team/a reg.io/team/"},
      {"reg.io/a", "reg.io/a reg.io/"},
      {"REG.io:443/app", "REG.io:443/app REG.io:443/ap"},  // kubelet compares what it sent, letter by letter
      {"team/app", "team/app team/ap"},
      {"nginx", "nginx"},
      {"reg.io/v1", "reg.io/v1 reg.io/v"},
      {"reg.io/v2/app", "reg.io/v2/v2/app reg.io/v2/v2/ap"},  // kubelet drops the first /v2 of a pattern
      {"reg.io/v1/a", "reg.io/v2/v1/a reg.io/v2/v1/"},
  }));
  CHECK(patterns_for(row.image) == row.patterns);
}

TEST_CASE("names and passwords with every byte survive the answer", "[protocol]") {
  std::string odd;
  for (int c = 1; c < 0x80; ++c) odd += static_cast<char>(c);
  odd += "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91";
  const Secret password{std::string_view(odd)};
  const KubeletLogin login{odd, password};
  const Secret answer =
      format_kubelet_logins({"credentialprovider.kubelet.k8s.io/v1", "reg.io/a"}, login, nullptr, 1s);
  const auto document = json::parse(answer.reveal());
  REQUIRE(document);
  CHECK(*document->at({"auth", "reg.io/a", "username"})->text() == odd);
  CHECK(*document->at({"auth", "reg.io/a", "password"})->text() == odd);
}

TEST_CASE("nothing for an image is what the front prints, in the version that was asked", "[protocol]") {
  CHECK(format_kubelet_nothing({"credentialprovider.kubelet.k8s.io/v1", "i"}) ==
        std::string(kKubeletNothing) + "\n");
  CHECK(format_kubelet_nothing({"credentialprovider.kubelet.k8s.io/v1beta1", "i"}) ==
        R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1beta1",)"
        R"("cacheKeyType":"Image","cacheDuration":"0s","auth":null})"
        "\n");
}

TEST_CASE("durations are written as Go prints them", "[protocol]") {
  CHECK(format_go_duration(0s) == "0s");
  CHECK(format_go_duration(59s) == "59s");
  CHECK(format_go_duration(60s) == "1m0s");
  CHECK(format_go_duration(599s) == "9m59s");
  CHECK(format_go_duration(10min) == "10m0s");
  CHECK(format_go_duration(3605s) == "1h0m5s");
}

}  // namespace
}  // namespace scoped::protocol
