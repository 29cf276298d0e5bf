// Single values by their rows. Not tested here: objects and files (document_test, files_test).
#include "common/base/time.h"
#include "common/config/read_value.h"
#include "tests/support/catch.h"
#include "tests/unit/config/scene.h"

using namespace scoped;
using namespace scoped::config;

namespace {

struct Render {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(Milliseconds length) const { return std::to_string(length.count()) + " ms"; }
  std::string operator()(const SecretSource& source) const {
    return std::to_string(static_cast<int>(source.kind)) + ">" + source.name;
  }
  std::string operator()(const std::vector<std::string>& list) const {
    std::string text;
    for (const std::string& element : list) text += "[" + element + "]";
    return text;
  }
};

// The value, or "! " and what is wrong.
std::string read(const Setting& row, const std::string& json_text) {
  const json::Value value = json::parse(json_text).value();
  const Catalog known = test::catalog();
  Report report;
  report.open_file("c", false);
  const auto result = read_value(row, value, known, report);
  const auto problems = report.take();
  if (result) return problems.empty() ? std::visit(Render(), *result) : "both";
  return problems.size() == 1 ? "! " + problems[0].text : "no problem";
}

struct Row {
  const char* written;
  const char* expected;
};

template <size_t kSize>
void check_rows(const Setting& setting, const Row (&rows)[kSize]) {
  for (const Row& row : rows) {
    INFO(row.written);
    CHECK(read(setting, row.written) == row.expected);
  }
}

}  // namespace

TEST_CASE("a duration is one number and one unit within its range", "[config]") {
  const Row rows[] = {
      {R"("8h")", "28800000 ms"},
      {R"("2s")", "2000 ms"},
      {R"("90d")", "7776000000 ms"},
      {R"("1s")", "! 'hold' is 1s, expected at least 2s"},
      {R"("91d")", "! 'hold' is 91d, expected at most 90d"},
      {R"("8 h")", R"(! 'hold' is '8 h', expected a duration such as "8h")"},
      {R"("-8h")", R"(! 'hold' is '-8h', expected a duration such as "8h")"},
      {R"("")", R"(! 'hold' is '', expected a duration such as "8h")"},
      {"4", R"(! 'hold' is a number, expected a duration such as "8h")"},
      {"null", R"(! 'hold' is null, expected a duration such as "8h")"},
      {"{}", R"(! 'hold' is an object, expected a duration such as "8h")"},
  };
  check_rows({.name = "hold", .kind = Kind::duration, .least = "2s", .most = "90d"}, rows);
}

TEST_CASE("a percentage carries its sign and stays within its range", "[config]") {
  const Row rows[] = {
      {R"("66%")", "66"},
      {R"("50%")", "50"},
      {R"("49%")", "! 'rotate_at' is 49%, expected at least 50%"},
      {R"("100%")", "! 'rotate_at' is 100%, expected at most 99%"},
      {R"("101%")", R"(! 'rotate_at' is '101%', expected a percentage such as "66%")"},
      {R"("66")", R"(! 'rotate_at' is '66', expected a percentage such as "66%")"},
      {R"("-66%")", R"(! 'rotate_at' is '-66%', expected a percentage such as "66%")"},
      {R"("66%%")", R"(! 'rotate_at' is '66%%', expected a percentage such as "66%")"},
      {R"("%")", R"(! 'rotate_at' is '%', expected a percentage such as "66%")"},
      {"66", R"(! 'rotate_at' is a number, expected a percentage such as "66%")"},
      {"0.66", R"(! 'rotate_at' is a number, expected a percentage such as "66%")"},
  };
  check_rows({.name = "rotate_at", .kind = Kind::percent, .least = "50%", .most = "99%"}, rows);
}

TEST_CASE("a whole number is written without quotes", "[config]") {
  const Row rows[] = {
      {"2", "2"},
      {"0", "! 'logins' is 0, expected at least 1"},
      {"21", "! 'logins' is 21, expected at most 20"},
      {"-9223372036854775808", "! 'logins' is -9223372036854775808, expected at least 1"},
      {"2.0", "! 'logins' is a number, expected a whole number"},
      {R"("2")", "! 'logins' is a text, expected a whole number"},
  };
  check_rows({.name = "logins", .kind = Kind::integer, .least = "1", .most = "20"}, rows);
}

TEST_CASE("true and false are the only booleans", "[config]") {
  const Row rows[] = {{"true", "yes"},
                      {"false", "no"},
                      {R"("true")", "! 'on' is a text, expected true or false"},
                      {"1", "! 'on' is a number, expected true or false"}};
  check_rows({.name = "on", .kind = Kind::boolean}, rows);
}

TEST_CASE("a secret is never in the file, only where it is", "[config]") {
  const Setting row{.name = "key", .kind = Kind::secret};
  CHECK(read(row, R"("file:/etc/scoped/key")") == "0>/etc/scoped/key");
  CHECK(read(row, R"("credential:vault-secret-id")") == "1>vault-secret-id");
  CHECK(read(row, R"("env:SECRET")") == "2>SECRET");
  for (const char* wrong :
       {R"("hunter2")", R"("file:hunter2")", R"("file:")", R"("credential:../hunter2")", R"("credential:..")",
        R"("credential:")", R"("env:")", R"("env:hunter2=1")", R"("")", R"("FILE:/hunter2")"}) {
    INFO(wrong);
    const std::string said = read(row, wrong);
    CHECK(said.starts_with("! 'key' is a bare value: "));
    CHECK(said.find("hunter2") == std::string::npos);
  }
  CHECK(read(row, "7").starts_with("! 'key' is a number, expected where the secret is"));
}

TEST_CASE("a row may limit where its secret is read from", "[config]") {
  const Setting row{.name = "key", .kind = Kind::secret, .choices = "file|credential"};
  CHECK(read(row, R"("credential:key")") == "1>key");
  CHECK(read(row, R"("env:KEY")") == "! 'key' is read from 'env', expected 'file', 'credential'");
}

TEST_CASE("a path is absolute and has one spelling", "[config]") {
  const Row rows[] = {
      {R"("/var/lib/scoped")", "/var/lib/scoped"},
      {R"("//var//lib/scoped//")", "/var/lib/scoped"},
      {R"("/")", "/"},
      {R"("/with blank")", "/with blank"},
      {R"("records")", "! 'path' is 'records', expected an absolute path"},
      {R"("~/records")", "! 'path' is '~/records', expected an absolute path"},
      {R"("/a/../b")", "! 'path' is '/a/../b', expected a path without '.' and '..'"},
      {R"("/a/.")", "! 'path' is '/a/.', expected a path without '.' and '..'"},
      {R"("/a\nb")", "! 'path' is '/a?b', expected an absolute path"},
      {R"("")", "! 'path' is '', expected an absolute path"},
  };
  check_rows({.name = "path", .kind = Kind::path}, rows);
}

TEST_CASE("a server is a URL, or the path of a socket", "[config]") {
  const Setting row{.name = "address", .kind = Kind::server};
  const Row good[] = {
      {R"("https://vault.corp:8200/")", "https://vault.corp:8200"},
      {R"("unix:///run/vault.sock")", "unix:///run/vault.sock"},
      {R"("unix:////run//vault.sock/")", "unix:///run/vault.sock"},
  };
  check_rows(row, good);
  for (const char* wrong : {R"("unix://run/vault.sock")", R"("unix://")", R"("unix:///run/../x")"})
    CHECK(read(row, wrong).find("expected a") != std::string::npos);
  CHECK(read({.name = "endpoint", .kind = Kind::url}, R"("unix:///x")").find("expected a URL") !=
        std::string::npos);
}

TEST_CASE("a URL is https, or http on loopback", "[config]") {
  const Setting row{.name = "address", .kind = Kind::url};
  const Row good[] = {
      {R"("https://vault.corp:8200")", "https://vault.corp:8200"},
      {R"("https://vault.corp/v1/")", "https://vault.corp/v1"},
      {R"("https://[2001:db8::1]:8200/")", "https://[2001:db8::1]:8200"},
      {R"("http://127.0.0.1:8200")", "http://127.0.0.1:8200"},
      {R"("http://localhost")", "http://localhost"},
      {R"("http://[::1]:80")", "http://[::1]:80"},
  };
  check_rows(row, good);
  for (const char* wrong :
       {R"("http://vault.corp")", R"("http://127.evil.example")", R"("ftp://vault.corp")", R"("vault.corp")",
        R"("https://")", R"("https:///v1")", R"("https://user:pw@vault.corp")", R"("https://vault.corp?x=1")",
        R"("https://vault.corp/#x")", R"("https://vault corp")", R"("https://vault.corp:")",
        R"("https://vault.corp:http")", R"("https://[::1")", R"("https://[::1]x")",
        R"("http://localhost@evil")", R"("https://a\\b")", R"("")"}) {
    INFO(wrong);
    CHECK(read(row, wrong).ends_with("expected a URL such as \"https://HOST/PATH\", or http on loopback"));
  }
}

TEST_CASE("a list says which of its elements is wrong", "[config]") {
  const Setting plain{.name = "users", .kind = Kind::text_list};
  CHECK(read(plain, R"(["ann", "bob"])") == "[ann][bob]");
  CHECK(read(plain, "[]").empty());
  CHECK(read(plain, R"("ann")") == "! 'users' is a text, expected a list of texts");
  CHECK(read(plain, R"(["ann", 7])") == "! 'users' has a number in its list, expected a text");
  CHECK(read(plain, R"(["ann", ""])") == "! 'users' is empty");
  const Setting known{.name = "duties", .kind = Kind::text_list, .choices = "broker|watch|rotate"};
  CHECK(read(known, R"(["rotate", "broker"])") == "[rotate][broker]");
  CHECK(read(known, R"(["rotat"])") == "! 'duties' has 'rotat' in its list: did you mean 'rotate'?");
}

TEST_CASE("a choice, a text and a token are checked as such", "[config]") {
  const Setting choice{.name = "retire", .kind = Kind::choice, .choices = "expire|delete"};
  CHECK(read(choice, R"("delete")") == "delete");
  CHECK(read(choice, R"("never")") == "! 'retire' is 'never', expected one of 'expire', 'delete'");
  const Setting text{.name = "mount"};
  CHECK(read(text, R"("secret")") == "secret");
  CHECK(read(text, R"("")") == "! 'mount' is empty");
  CHECK(read(text, R"("a\u0007b")") == "! 'mount' has a control character in it");
  const Setting token{.name = "token", .kind = Kind::token};
  CHECK(read(token, R"("MyRegistry.azurecr.io:443/cicd-token")") == "myregistry.azurecr.io/cicd-token");
  CHECK(read(token, R"("cicd-token")").starts_with("! 'token' is 'cicd-token', expected a token such as"));
  CHECK(read(token, R"("host/1bad")").starts_with("! 'token' names a token: '1bad' is not a token's name"));
  CHECK(read(token, R"("a b/cicd-token")").starts_with("! 'token' names a registry: "));
}

TEST_CASE("every kind of setting can have a default", "[config]") {
  const auto text = [](const Setting& row) { return std::visit(Render(), default_value(row)); };
  CHECK(text({.kind = Kind::duration, .default_text = "10m"}) == "600000 ms");
  CHECK(text({.kind = Kind::percent, .default_text = "66%"}) == "66");
  CHECK(text({.kind = Kind::integer, .default_text = "2"}) == "2");
  CHECK(text({.kind = Kind::boolean, .default_text = "true"}) == "yes");
  CHECK(text({.kind = Kind::text_list, .default_text = "a|b"}) == "[a][b]");
  CHECK(text({.kind = Kind::secret, .default_text = "file:/k"}) == "0>/k");
  CHECK(text({.kind = Kind::url, .default_text = "https://x"}) == "https://x");
}
