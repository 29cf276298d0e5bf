// Names that are handled as values. Not tested here: which of them a registry knows.
#include "common/record/names.h"

#include "tests/support/catch.h"

#include <set>
#include <vector>

using namespace scoped;
using namespace scoped::record;

TEST_CASE("a registry's host has one spelling", "[record]") {
  struct Row {
    const char* text;
    const char* host;
  };
  const Row rows[] = {
      {"myregistry.azurecr.io", "myregistry.azurecr.io"},
      {"MyRegistry.AzureCR.io", "myregistry.azurecr.io"},
      {"https://myregistry.azurecr.io", "myregistry.azurecr.io"},
      {"HTTPS://myregistry.azurecr.io/", "myregistry.azurecr.io"},
      {"https://myregistry.azurecr.io/v2/", "myregistry.azurecr.io"},
      {"myregistry.azurecr.io/app:tag", "myregistry.azurecr.io"},
      {"myregistry.azurecr.io:443", "myregistry.azurecr.io"},
      {"http://myregistry.azurecr.io:80", "myregistry.azurecr.io"},
      {"http://localhost:5000/v1/", "localhost:5000"},
      {"127.0.0.1:65535", "127.0.0.1:65535"},
      {"registry", "registry"},
      {"my_registry-1", "my_registry-1"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parse_registry_host(row.text).value() == row.host);
    CHECK(parse_registry_host(row.host).value() == row.host);
  }
}

TEST_CASE("what is no host is refused", "[record]") {
  for (const char* text : {"",
                           "/",
                           "https://",
                           "https:///v2",
                           "a b",
                           "host:",
                           "host:x",
                           "host:0",
                           "host:65536",
                           "host:0443",
                           "host:443:443",
                           "host:-1",
                           "user@host",
                           "host?x",
                           ".host",
                           "-host",
                           "host.",
                           "a..b",
                           "..",
                           "h\xc3\xb6st",
                           "https://http://host",
                           "[::1]:5000",
                           "ftp://host",
                           "host\n",
                           "host:443\n"}) {
    INFO(text);
    CHECK_FALSE(parse_registry_host(text));
  }
  CHECK_FALSE(parse_registry_host(std::string(254, 'a')));
  CHECK(parse_registry_host(std::string(253, 'a')));
}

TEST_CASE("an escaped name cannot leave its folder", "[record]") {
  struct Row {
    const char* name;
    const char* escaped;
  };
  const Row rows[] = {
      {"ci-main", "ci-main"},
      {"r.azurecr.io", "r.azurecr.io"},
      {"r.io:5000", "r.io%3A5000"},
      {".", "%2E"},
      {"..", "%2E%2E"},
      {"...", "%2E%2E%2E"},
      {".hidden", "%2Ehidden"},
      {"a/../b", "a%2F..%2Fb"},
      {"a.", "a."},
      {"%2E", "%252E"},
      {"a b", "a%20b"},
      {"\xff", "%FF"},
      {"\n", "%0A"},
      {"", "%"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(escape_component(row.name) == row.escaped);
    CHECK(parse_component(row.escaped).value() == row.name);
  }
}

TEST_CASE("every byte survives escaping, and no two names share an escape", "[record]") {
  std::set<std::string> escaped;
  for (int byte = 0; byte < 256; ++byte)
    for (const std::string& name :
         {std::string(1, static_cast<char>(byte)), "a" + std::string(1, static_cast<char>(byte))}) {
      const std::string component = escape_component(name);
      CHECK(component.find_first_of(std::string_view("/\0", 2)) == std::string::npos);
      CHECK(parse_component(component).value() == name);
      escaped.insert(component);
    }
  CHECK(escaped.size() == 512);
}

TEST_CASE("a text that no name escapes to is refused", "[record]") {
  for (const char* text : {"", ".", "..", "a/b", "%2", "%2x", "%2e", "%41", "a%", "%%", ".hidden", "a b"}) {
    INFO(text);
    CHECK_FALSE(parse_component(text));
  }
}

TEST_CASE("a pattern covers a repository exactly, below a prefix, or every one", "[record]") {
  struct Row {
    const char* pattern;
    const char* repository;
    bool covered;
  };
  const Row rows[] = {
      {"myapp/api", "myapp/api", true}, {"myapp/api", "myapp/api2", false},
      {"myapp/api", "myapp", false},    {"myapp/*", "myapp/api", true},
      {"myapp/*", "myapp/a/b", true},   {"myapp/*", "myapp", false},
      {"myapp/*", "myapp/", false},     {"myapp/*", "myapp2/api", false},
      {"*", "anything/at/all", true},   {"*", "x", true},
      {"my*", "myapp", false},          {"myapp/*", "myapp/*", true},
  };
  for (const Row& row : rows) {
    INFO(row.pattern << " / " << row.repository);
    CHECK(covers(row.pattern, row.repository) == row.covered);
  }
}

TEST_CASE("repositories and wildcards that the registry would refuse are refused", "[record]") {
  for (const char* good : {"app", "my-app/api_v2/a.b", "0", "samples/*", "a/b/*", "*"}) {
    INFO(good);
    CHECK(check_repository_pattern(good));
  }
  for (const char* wrong : {"", "/", "/app", "app/", "a//b", "App", "a b", "a:b", "sample/*/teamA",
                            "sample/teamA*", "sample/teamA/*/projectB/*", "**", "/*", "*/", "a*/b", "a/**"}) {
    INFO(wrong);
    const auto checked = check_repository_pattern(wrong);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().line().starts_with("'" + std::string(wrong) + "'"));
  }
}

TEST_CASE("an action is one of five", "[record]") {
  for (const char* good :
       {"content/read", "content/write", "content/delete", "metadata/read", "metadata/write"})
    CHECK(check_action(good));
  for (const char* wrong : {"", "read", "content", "content/Read", "metadata/delete", "content/read "}) {
    INFO(wrong);
    CHECK(
        check_action(wrong).error().line().ends_with("use content/read, content/write, content/delete, "
                                                     "metadata/read, metadata/write"));
  }
}

TEST_CASE("a record's name is ordered and shown by registry and token", "[record]") {
  const RecordName name{"r.io", "ci-main"};
  CHECK(name.display() == "r.io/ci-main");
  CHECK(name < RecordName{"r.io", "ci-nightly"});
  CHECK(RecordName{"a.io", "z"} < name);
}
