// Not tested here: that the program prints these lines and ends with their exit codes (program_test).
#include "helper/front/invocation.h"

#include "tests/support/catch.h"

namespace scoped::front {
namespace {

TEST_CASE("the arguments say what the helper was started for", "[front]") {
  struct Row {
    std::vector<std::string_view> arguments;
    Purpose purpose;
    std::string action;
  };
  const auto row = GENERATE(values<Row>({
      {{"docker-credential-scoped", "get"}, Purpose::get, "get"},
      {{"docker-credential-scoped", "store"}, Purpose::other_verb, "store"},
      {{"docker-credential-scoped", "erase"}, Purpose::other_verb, "erase"},
      {{"docker-credential-scoped", "list"}, Purpose::other_verb, "list"},
      {{"docker-credential-scoped", "version"}, Purpose::version, "version"},
      {{"docker-credential-scoped", "--version"}, Purpose::version, "--version"},
      {{"docker-credential-scoped", "-v"}, Purpose::version, "-v"},
      {{"docker-credential-scoped", "help"}, Purpose::help, "help"},
      {{"docker-credential-scoped", "--help"}, Purpose::help, "--help"},
      {{"docker-credential-scoped", "-h"}, Purpose::help, "-h"},
      {{"docker-credential-scoped", "Get"}, Purpose::unknown_action, "Get"},
      {{"docker-credential-scoped", ""}, Purpose::unknown_action, ""},
      {{"docker-credential-scoped"}, Purpose::wrong_count, ""},
      {{"docker-credential-scoped", "get", "host"}, Purpose::wrong_count, ""},
      {{}, Purpose::wrong_count, ""},
      {{"/opt/bin/kubelet-credential-scoped"}, Purpose::kubelet, "kubelet"},
      {{"kubelet-credential-scoped", "kubelet"}, Purpose::kubelet, "kubelet"},
      {{"docker-credential-scoped", "kubelet"}, Purpose::kubelet, "kubelet"},
      {{"kubelet-credential-scoped", "--version"}, Purpose::version, "--version"},
      {{"kubelet-credential-scoped", "a", "b"}, Purpose::wrong_count, ""},
  }));
  const Invocation invocation = read_invocation(row.arguments);
  CHECK(invocation.purpose == row.purpose);
  CHECK(invocation.action == row.action);
}

TEST_CASE("the profile is what follows the helper's name", "[front]") {
  struct Row {
    std::string_view program;
    std::string name;
    std::string profile;
  };
  const auto row = GENERATE(values<Row>({
      {"docker-credential-scoped", "docker-credential-scoped", ""},
      {"/usr/bin/docker-credential-scoped-ci", "docker-credential-scoped-ci", "ci"},
      {"./docker-credential-scoped-team-a", "docker-credential-scoped-team-a", "team-a"},
      {"docker-credential-scoped-", "docker-credential-scoped-", ""},
      {"docker-credential-scopedci", "docker-credential-scopedci", ""},
      {"docker-credential-other-ci", "docker-credential-other-ci", ""},
      {"kubelet-credential-scoped", "kubelet-credential-scoped", ""},
      {"", "", ""},
  }));
  const Invocation invocation = read_invocation({row.program, "get"});
  CHECK(invocation.name == row.name);
  CHECK(invocation.profile == row.profile);
}

TEST_CASE("the lines have the reference's form", "[front]") {
  const Invocation invocation = read_invocation({"/bin/docker-credential-scoped-ci", "Get"});
  CHECK(usage_text(invocation) == "Usage: docker-credential-scoped-ci <store|get|erase|list|version>\n");
  CHECK(unknown_action_text(invocation) == "docker-credential-scoped-ci: unknown action: Get\n");
  CHECK(version_text(invocation).starts_with("docker-credential-scoped-ci (docker-credential-scoped) "));
  CHECK(version_text(invocation).ends_with("\n"));
}

TEST_CASE("a text is one line, whatever the client's words hold", "[front]") {
  const Invocation invocation = read_invocation({"/bin/docker-credential-scoped\nx", "ge\nt\x1b"});
  CHECK(unknown_action_text(invocation) == "docker-credential-scoped x: unknown action: ge t \n");
  CHECK(usage_text(invocation) == "Usage: docker-credential-scoped x <store|get|erase|list|version>\n");
}

}  // namespace
}  // namespace scoped::front
