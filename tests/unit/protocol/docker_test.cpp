// Not tested here: store's JSON (store_test); which token a key selects (answer).
#include "common/protocol/docker.h"

#include "common/protocol/texts.h"
#include "common/record/names.h"
#include "tests/support/catch.h"

namespace scoped::protocol {
namespace {

TEST_CASE("verbs are the four words in lower case", "[protocol]") {
  for (Verb verb : {Verb::get, Verb::store, Verb::erase, Verb::list})
    CHECK(parse_verb(name_of(verb)) == verb);
  for (const char* text : {"", "Get", "GET", "get ", "version", "gets"}) CHECK_FALSE(parse_verb(text));
}

TEST_CASE("a key is the lines of the input joined and trimmed", "[protocol]") {
  struct Row {
    std::string input;
    std::string key;
  };
  const auto row = GENERATE(values<Row>({
      {"host", "host"},
      {"host\n", "host"},
      {"host\r\n", "host"},
      {" \t host \v\f ", "host"},
      {"\n\n host\n\n", "host"},
      {"foo\nbar\n", "foobar"},
      {"foo\r\nbar", "foobar"},
      {"a\rb\r", "a\rb"},
      {"unused", "unused"},
      {"any non-empty text is a key", "any non-empty text is a key"},
      {std::string(kLongestLine - 1, 'x'), std::string(kLongestLine - 1, 'x')},
  }));
  CHECK(parse_key(row.input).value() == row.key);
}

TEST_CASE("a key that is no key is refused in the reference's words", "[protocol]") {
  for (const char* input : {"", "\n", " ", "\r\n \t\r\n"}) {
    const auto key = parse_key(input);
    REQUIRE_FALSE(key);
    CHECK(key.error().line() == kNoServerUrl);
  }
  const std::string line(kLongestLine, 'x');
  for (const std::string& input :
       {line, line + "\n", "host\n" + line, std::string(kLongestLine - 1, 'x') + "\r\n"}) {
    const auto key = parse_key(input);
    REQUIRE_FALSE(key);
    CHECK(key.error().line() == kLineTooLong);
  }
}

TEST_CASE("credentials are exactly three members in the reference's order", "[protocol]") {
  const Secret text = format_credentials("https://host/v1/", "ci-token", Secret("p4ss/word+="));
  CHECK(text.reveal() ==
        "{\"ServerURL\":\"https://host/v1/\",\"Username\":\"ci-token\",\"Secret\":\"p4ss/word+=\"}\n");
}

TEST_CASE("credentials are JSON whatever the texts hold", "[protocol]") {
  const Secret text = format_credentials("a\"b\\c", "\x01\n\x7f", Secret("<\xc3\xa9\xff\xe2\x82>"));
  CHECK(text.reveal() ==
        "{\"ServerURL\":\"a\\\"b\\\\c\",\"Username\":\"\\u0001\\u000a\\u007f\","
        "\"Secret\":\"<\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd>\"}\n");
}

TEST_CASE("what get prints, store reads back", "[protocol]") {
  const std::string secret = "\"\\/\b\f\n\r\t\x1f <>&\xf0\x9f\x90\xb3";
  const auto request = parse_store(format_credentials("https://host/", "<token>", Secret(secret)));
  REQUIRE(request);
  CHECK(request->server_url == "https://host/");
  CHECK(request->username == "<token>");
  CHECK(request->secret.reveal() == secret);
}

TEST_CASE("a list is an object, also when it is empty", "[protocol]") {
  CHECK(format_list({}) == "{}\n");
  CHECK(format_list({{"b", "two"}, {"a", "one"}}) == "{\"a\":\"one\",\"b\":\"two\"}\n");
  CHECK(format_list({{"h\"", "\n"}}) == "{\"h\\\"\":\"\\u000a\"}\n");
}

struct KeyRow {
  std::string text;
  std::string registry;
  std::string repository;
};

TEST_CASE("a key means the same registry and repository however it is written", "[protocol]") {
  const auto row = GENERATE(values<KeyRow>({
      {"myregistry.azurecr.io", "myregistry.azurecr.io", ""},
      {"MyRegistry.AzureCR.io", "myregistry.azurecr.io", ""},
      {"myregistry.azurecr.io:443", "myregistry.azurecr.io", ""},
      {"myregistry.azurecr.io/", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io", "myregistry.azurecr.io", ""},
      {"HTTPS://myregistry.azurecr.io", "myregistry.azurecr.io", ""},
      {"http://myregistry.azurecr.io", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io:443", "myregistry.azurecr.io", ""},
      {"http://myregistry.azurecr.io:443", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io/", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io/v1/", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io/v1", "myregistry.azurecr.io", ""},
      {"https://myregistry.azurecr.io/v2/", "myregistry.azurecr.io", ""},
      {"myregistry.azurecr.io/v2", "myregistry.azurecr.io", ""},
      {"myregistry.azurecr.io/team/app", "myregistry.azurecr.io", "team/app"},
      {"https://myregistry.azurecr.io/team/app/", "myregistry.azurecr.io", "team/app"},
      {"myregistry.azurecr.io:443/a_b/c-d.e", "myregistry.azurecr.io", "a_b/c-d.e"},
      {"localhost:5000", "localhost:5000", ""},
      {"http://localhost:80", "localhost", ""},
      {"myregistry.azurecr.io:80/", "myregistry.azurecr.io", ""},
      {"localhost:8080", "localhost:8080", ""},
      {"127.0.0.1:5055/app", "127.0.0.1:5055", "app"},
      {"pycreds_test_ab12", "pycreds_test_ab12", ""},
      {"docker.io", "docker.io", ""},
      {"index.docker.io", "docker.io", ""},
      {"registry-1.docker.io", "docker.io", ""},
      {"https://index.docker.io/v1/", "docker.io", ""},
      {"https://INDEX.docker.io:443/v1", "docker.io", ""},
      {"https://registry-1.docker.io/v2/", "docker.io", ""},
      {"index.docker.io/library/busybox", "docker.io", "library/busybox"},
      {"docker.io/library/busybox", "docker.io", "library/busybox"},
  }));
  CAPTURE(row.text);
  const auto key = read_key(row.text);
  REQUIRE(key);
  CHECK(key->registry == row.registry);
  CHECK(key->repository == row.repository);
}

TEST_CASE("a text that names no registry is only a key of a saved login", "[protocol]") {
  const auto text = GENERATE(values<std::string>({
      "",
      "/",
      "https://",
      "https:///v1/",
      "ftp://host",
      "nerdctl-experimental://host:5000/?ns=docker.io",
      "host name",
      "-host",
      ".host",
      "host:",
      "host:port",
      "host:123456",
      "host:65536",
      "host:0",
      "host:0443",
      "host.",
      "a..b",
      "user@host",
      "user:password@host",
      "[::1]:5000",
      "host?x",
      "host#x",
      "host/app?x",
      "host/App",
      "host/app:latest",
      "host/app@sha256:00",
      "host//app",
      "host/team//app",
      "h\xc3\xb6st",
      "https://index.docker.io/v1/access-token",
      "https://index.docker.io/v1/refresh-token",
      "https://index.docker.io/v1//access-token",
  }));
  CAPTURE(text);
  CHECK_FALSE(read_key(text));
}

TEST_CASE("a key's registry is the canonical host that records use", "[protocol]") {
  using namespace std::string_literals;
  const std::string longest(253, 'h');
  for (const std::string& text : {"Host"s,
                                  "host:443"s,
                                  "HOST:5000"s,
                                  "https://Host/team/app"s,
                                  "http://host:80/"s,
                                  "a_b"s,
                                  "-host"s,
                                  "host."s,
                                  "a..b"s,
                                  "host:"s,
                                  "host:x"s,
                                  "host:+1"s,
                                  "host:0"s,
                                  "host:0443"s,
                                  "host:65535"s,
                                  "host:65536"s,
                                  "[::1]"s,
                                  ""s,
                                  "ftp://host"s,
                                  "https://http://host"s,
                                  longest,
                                  longest + "h"}) {
    CAPTURE(text);
    const auto key = read_key(text);
    const auto host = record::parse_registry_host(text);
    REQUIRE(key.has_value() == host.has_value());
    if (key) CHECK(key->registry == *host);
  }
}

}  // namespace
}  // namespace scoped::protocol
