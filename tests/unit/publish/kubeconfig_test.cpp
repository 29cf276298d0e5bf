// Not tested here: a real API server's (tests/kubernetes).
#include "agent/publish/kubernetes/kubeconfig.h"

#include "agent/publish/kubernetes/access.h"
#include "common/base/file.h"
#include "common/crypto/digest.h"
#include "common/json/value.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::publish::kubernetes;
using namespace scoped::test;

namespace {

std::string document(const std::string& user,
                     const std::string& cluster = R"("server": "https://k.io:6443/")") {
  return R"({"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    "clusters": [{"name": "other", "cluster": {"server": "https://o.io"}}, {"name": "k", "cluster": {)" +
         cluster + R"(}}], "users": [{"name": "u", "user": )" + user + "}]}";
}

std::string problem(const std::string& text, const std::string& context = "") {
  const auto config = parse_kubeconfig(text, context);
  return config ? "none" : config.error().line();
}

constexpr const char* kExec =
    R"({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "login",
  "args": ["--quiet"], "env": [{"name": "A", "value": "b"}], "provideClusterInfo": true}})";

Plugin plugin() { return *parse_kubeconfig(document(kExec), "")->plugin; }

std::string answer_problem(const std::string& text) {
  const auto answer = parse_plugin_answer(text, plugin());
  return answer ? "none" : answer.error().line();
}

}  // namespace

TEST_CASE("a kubeconfig's current context says server and credentials", "[publish]") {
  const auto config = parse_kubeconfig(
      document(R"({"token": "hunter2", "client-certificate": "c.pem", "client-key-data": "a2V5"})",
               R"("server": "https://k.io:6443/", "certificate-authority-data": "cGVt")"),
      "");
  REQUIRE(config);
  CHECK(config->server == "https://k.io:6443");
  CHECK(config->authorities == "pem");
  CHECK(config->token.reveal() == "hunter2");
  CHECK(config->certificate_file == "c.pem");
  CHECK(config->key.reveal() == "key");
  CHECK_FALSE(config->plugin);
}

TEST_CASE("what a kubeconfig lacks or wants in vain is said", "[publish]") {
  const std::string token = R"({"token": "hunter2"})";
  CHECK(problem("{}") == "the kubeconfig has no 'current-context': set 'context'");
  CHECK(problem(document(token), "x") == "the kubeconfig has no context 'x'");
  CHECK(problem(R"({"contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]})", "c") ==
        "the kubeconfig has no cluster 'k'");
  CHECK(problem(document("{}")) ==
        "the user 'u' of the kubeconfig has no credentials: give a certificate, a token or 'exec'");
  CHECK(problem(document(R"({"client-key": "k.pem"})")) ==
        "the user of the kubeconfig has only one of client-certificate and client-key");
  CHECK(problem(document(R"({"username": "x"})"))
            .starts_with("'username' of the kubeconfig is not known here"));
  CHECK(problem(document(token, R"("server": "http://127.0.0.1")")).find("is not https") !=
        std::string::npos);
  CHECK(problem(document(token, R"("server": "https://k.io", "insecure-skip-tls-verify": true)"))
            .starts_with("'insecure-skip-tls-verify' is not followed"));
  CHECK(problem(document(token, R"("server": "https://k.io", "proxy-url": "x")")) ==
        "'proxy-url' of the kubeconfig is not known here");
  CHECK(problem(
            document(R"({"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}})"))
            .starts_with("'exec' of the kubeconfig speaks 'client.authentication.k8s.io/v1alpha1'"));
  CHECK(problem(document(R"({"client-key-data": "%", "client-certificate": "c"})"))
            .starts_with("'client-key-data' of the kubeconfig"));
  for (const char* text : {"hunter2", "[]", "\"hunter2\""}) {
    CHECK(problem(text) != "none");
    CHECK(problem(text).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a plugin is told about the cluster and believed about nothing else", "[publish]") {
  const auto config = parse_kubeconfig(document(kExec), "");
  REQUIRE(config);
  CHECK(config->plugin->arguments == std::vector<std::string>{"--quiet"});
  CHECK(
      plugin_request(*config->plugin, *config) ==
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,)"
      R"("cluster":{"server":"https://k.io:6443"}}})");
  const std::string start = R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1")";
  const auto answer = parse_plugin_answer(
      start + R"(, "status": {"token": "t", "expirationTimestamp": "2026-01-02T03:04:05Z"}})", plugin());
  REQUIRE(answer);
  CHECK(answer->token.reveal() == "t");
  CHECK(answer->expires_at == "2026-01-02T03:04:05Z");
  CHECK(answer_problem(start + R"(, "status": {}})") == "the answer of 'login' holds no credential");
  CHECK(answer_problem(start + R"(, "status": {"clientKeyData": "k"}})") ==
        "the answer of 'login' has only one of clientCertificateData and clientKeyData");
  CHECK(answer_problem(R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1",
                           "status": {"token": "t"}})") ==
        "the answer of 'login' is no ExecCredential of client.authentication.k8s.io/v1");
  CHECK(answer_problem("hunter2").find("hunter2") == std::string::npos);
}

namespace {

struct File {
  TemporaryFolder folder;
  FakeClock clock;
  FixedEnvironment environment{{{"PATH", "/usr/bin:/bin"}, {"SECRET_OF_OURS", "x"}}};

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    REQUIRE(write_file_atomically(folder.path() + "/" + name, text, mode));
    return folder.path() + "/" + name;
  }
  std::string problem_of(Access& access) {
    net::Request request;
    request.url = "/api";
    const auto done = access.complete(request);
    return done ? "none" : done.error().line();
  }
};

constexpr const char* kYaml = R"(# as kubectl writes it
apiVersion: v1
kind: Config
current-context: 'c'
clusters:
- name: k
  cluster:
    server: https://k.io:6443
    certificate-authority: ca.pem
contexts:
- {name: c, context: {cluster: k, user: u}}
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./login
      args: ["one two", "true"]
      env:
      interactiveMode: Never
)";

constexpr const char* kLogin = R"(#!/bin/sh
echo run >> "${0%/*}/runs"
env > "${0%/*}/variables"
[ "$2" = true ] || exit 3
cat <<TEXT
{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
 "status": {"token": "made", "expirationTimestamp": "2030-01-01T00:00:00Z"}}
TEXT
)";

std::string bearer_of(const net::Request& request) {
  for (const auto& [name, value] : request.secret_headers)
    if (name == "Authorization") return std::string(value.reveal());
  return "";
}

}  // namespace

TEST_CASE("a kubeconfig's program makes a token, which is kept until it ends or is refused", "[publish]") {
  File file;
  const std::string path = file.write("config", kYaml);
  file.write("ca.pem", "-----BEGIN");
  file.write("login", kLogin, 0700);
  file.clock.step_wall(parse_rfc3339("2029-12-31T23:00:00Z").value() - file.clock.now());
  const auto access = of_kubeconfig(file.environment, file.clock, path, "");
  for (int i = 0; i < 3; ++i) {
    net::Request request;
    request.url = "/api";
    REQUIRE(access->complete(request));
    CHECK(request.url == "https://k.io:6443/api");
    CHECK(bearer_of(request) == "Bearer made");
    REQUIRE(request.trusted != nullptr);
    CHECK(*request.trusted == "-----BEGIN");
    if (i == 1) CHECK(access->refused());
  }
  CHECK(read_file(file.folder.path() + "/runs", 100) == "run\nrun\n");
  const std::string variables = read_file(file.folder.path() + "/variables", 10'000).value_or("");
  CHECK(variables.find("SECRET_OF_OURS") == std::string::npos);
  CHECK(variables.find("KUBERNETES_EXEC_INFO={") != std::string::npos);
}

TEST_CASE("a kubeconfig file that cannot be used is one line", "[publish]") {
  File file;
  const std::string path = file.folder.path() + "/config";
  const auto access = of_kubeconfig(file.environment, file.clock, path, "");
  CHECK(file.problem_of(*access).find("No such file") != std::string::npos);
  file.write("config", kYaml, 0644);
  CHECK(file.problem_of(*access).starts_with("kubeconfig: "));
  file.write("config", "a: [hunter2");
  CHECK(file.problem_of(*access) == "kubeconfig '" + path + "': it is no YAML, line 1");
  file.write("config", kYaml);
  CHECK(file.problem_of(*access).starts_with("'certificate-authority': "));
  file.write("ca.pem", "-----BEGIN");
  CHECK(file.problem_of(*access).find("start '" + file.folder.path() + "/./login'") != std::string::npos);
  file.write("login", "#!/bin/sh\nexit 4\n", 0700);
  CHECK(file.problem_of(*access) ==
        "the kubeconfig's program './login' ended with 4: run it by hand to see why");
}

TEST_CASE("YAML that would grow without end is refused", "[publish]") {
  File file;
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 8; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto access = of_kubeconfig(file.environment, file.clock, file.write("config", bomb), "");
  CHECK(file.problem_of(*access).ends_with("it is nested too deeply, or too large"));
}

TEST_CASE("a pod reads its service account each time", "[publish]") {
  File file;
  const FixedEnvironment pod({{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "6443"}});
  const auto access = in_cluster(pod, file.folder.path());
  file.write("ca.crt", "-----BEGIN");
  for (const char* token : {"one", "two"}) {
    file.write("token", std::string(token) + "\n");
    net::Request request;
    request.url = "/api";
    REQUIRE(access->complete(request));
    CHECK(request.url == "https://[fd00::1]:6443/api");
    CHECK(bearer_of(request) == "Bearer " + std::string(token));
  }
  const auto outside = in_cluster(file.environment, file.folder.path());
  CHECK(file.problem_of(*outside) ==
        "this is no pod of Kubernetes ($KUBERNETES_SERVICE_HOST is not set): set 'kubeconfig'");
}
