#include "common/store/vault_variables.h"

#include "common/base/file.h"
#include "common/crypto/jws.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace scoped;
using namespace scoped::store;
using std::chrono::milliseconds;

namespace {

using Values = std::map<std::string, std::string>;

Result<VaultVariables> read(const Values& values) { return read_vault_variables(FixedEnvironment(values)); }

// Made once: a key costs more than everything else here.
struct MadePair {
  std::string certificate;
  std::string key;
};
const MadePair& made_pair() {
  static const MadePair pair = [] {
    const auto key = crypto::PrivateKey::make_rsa(2048).value();
    crypto::CertificateRequest request;
    request.common_name = "me";
    request.not_before = parse_rfc3339("2020-01-01T00:00:00Z").value();
    request.not_after = parse_rfc3339("2049-01-01T00:00:00Z").value();
    return MadePair{crypto::make_certificate(key, request, nullptr, nullptr).value().pem,
                    std::string(key.pem().reveal())};
  }();
  return pair;
}

std::string said(const Values& values) {
  const auto variables = read(values);
  return variables ? "" : variables.error().line();
}

}  // namespace

TEST_CASE("BAO_X counts where it is set, even to nothing, and else VAULT_X", "[store][vault]") {
  CHECK(read({{"VAULT_NAMESPACE", "v"}})->space.value == "v");
  CHECK(read({{"VAULT_NAMESPACE", "v"}, {"BAO_NAMESPACE", "b"}})->space.value == "b");
  CHECK(read({{"VAULT_NAMESPACE", "v"}, {"BAO_NAMESPACE", ""}})->space.value.empty());
  CHECK(read({})->space.name.empty());
}

TEST_CASE("a vault's agent replaces its address", "[store][vault]") {
  const Values values = {{"BAO_ADDR", "https://vault"}, {"VAULT_AGENT_ADDR", "http://127.0.0.1:8100"}};
  CHECK(read(values)->address.name == "VAULT_AGENT_ADDR");
  CHECK(read(values)->address.value == "http://127.0.0.1:8100");
}

TEST_CASE("time-out, retries, redirects and authority are taken", "[store][vault]") {
  const auto variables = read({{"VAULT_CLIENT_TIMEOUT", "1m30s"},
                               {"BAO_MAX_RETRIES", "0"},
                               {"VAULT_DISABLE_REDIRECTS", "TRUE"},
                               {"VAULT_CACERT", "/etc/ca.pem"},
                               {"VAULT_SKIP_VERIFY", "f"},
                               {"BAO_SRV_LOOKUP", "0"}});
  REQUIRE(variables);
  CHECK(variables->timeout == milliseconds(90'000));
  CHECK(variables->retries == 0);
  CHECK_FALSE(variables->redirects);
  CHECK_FALSE(variables->looks_up);
  CHECK(read({{"VAULT_SRV_LOOKUP", "true"}})->looks_up);
  CHECK(variables->ca_file == "/etc/ca.pem");
  CHECK_FALSE(read({{"BAO_CLIENT_TIMEOUT", "0"}})->timeout);
}

TEST_CASE("authorities come as a file, else as a text, else as a folder", "[store][vault]") {
  const auto authority = [](const std::string& name) {
    return "-----BEGIN CERTIFICATE-----\n" + name + "\n-----END CERTIFICATE-----\n";
  };
  test::TemporaryFolder folder;
  test::spill(folder / "a.pem", authority("a"));
  test::spill(folder / "b.pem", authority("b"));
  test::spill(folder / "key.pem", "-----BEGIN PRIVATE KEY-----");
  Values values = {{"VAULT_CAPATH", folder.path()}};
  const auto text_of = [&values] {
    const auto variables = read(values);
    REQUIRE(variables);
    return test::slurp(variables->ca_file);
  };
  CHECK(text_of() == authority("a") + "\n" + authority("b") + "\n");
  values["VAULT_CACERT_BYTES"] = authority("c");
  CHECK(text_of() == authority("c"));
  values["BAO_CACERT"] = folder / "b.pem";
  CHECK(text_of() == authority("b"));
  CHECK_FALSE(read(values)->ca_text);
  CHECK(said({{"BAO_CACERT_BYTES", "MIIB"}}) ==
        "$BAO_CACERT_BYTES could not be parsed: certificates in PEM form are expected");
  CHECK(said({{"BAO_CAPATH", "/nonexistent"}}).starts_with("$BAO_CAPATH: "));
  const test::TemporaryFolder empty;
  CHECK(said({{"BAO_CAPATH", empty.path()}}) ==
        "$BAO_CAPATH: folder '" + empty.path() + "' holds no certificate in PEM form");
}

TEST_CASE("garbage in a variable is one line that names it", "[store][vault]") {
  for (const char* text : {"soon", "-1", "1x", "1m30", "s", "1e9", "99999999999", "1.s.", " 1"})
    CHECK(
        said({{"VAULT_CLIENT_TIMEOUT", text}}) ==
        "$VAULT_CLIENT_TIMEOUT could not be parsed: a number of seconds or a duration as 1m30s is expected");
  for (const char* text : {"two", "-1", "1.5", "101"})
    CHECK(said({{"BAO_MAX_RETRIES", text}}) ==
          "$BAO_MAX_RETRIES could not be parsed: a number from 0 to 100 is expected");
  for (const char* name : {"BAO_SKIP_VERIFY", "VAULT_DISABLE_REDIRECTS", "VAULT_SRV_LOOKUP"})
    CHECK(said({{name, "yes"}}) ==
          "$" + std::string(name) + " could not be parsed: true or false is expected");
}

TEST_CASE("what is not done is refused and not passed over", "[store][vault]") {
  for (const char* name : {"WRAP_TTL"}) {
    const std::string variable = "VAULT_" + std::string(name);
    CHECK(said({{variable, "x"}}).starts_with("$" + variable + " is not done here: "));
    CHECK(said({{variable, "x"}, {"BAO_" + std::string(name), ""}}).empty());
  }
  CHECK(said({{"VAULT_SKIP_VERIFY", "true"}})
            .starts_with("$VAULT_SKIP_VERIFY is not done here: certificates are"));
}

TEST_CASE("a certificate comes as two files, else as two texts", "[store][vault]") {
  const auto& [certificate, key] = made_pair();
  const test::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "c.pem", "# ours\n" + certificate, 0644));
  REQUIRE(write_file_atomically(folder / "k.pem", key, 0600));
  Values values = {{"BAO_CLIENT_CERT_BYTES", certificate}, {"VAULT_CLIENT_KEY_BYTES", key}};
  CHECK(read(values)->certificate->certificate == certificate);
  CHECK(read(values)->certificate->key.equals(Secret(key)));
  values["VAULT_CLIENT_CERT"] = folder / "c.pem";  // without its key: the texts are whole
  CHECK(read(values)->certificate->certificate == certificate);
  values["BAO_CLIENT_KEY"] = folder / "k.pem";
  CHECK(read(values)->certificate->certificate.starts_with("# ours"));
  values["BAO_CLIENT_CERT_BYTES"] = "garbage";  // not looked at
  CHECK(said(values).empty());
  CHECK(read({})->certificate == nullptr);
}

TEST_CASE("half a certificate, or one that is none, is one line that names it", "[store][vault]") {
  const auto& [certificate, key] = made_pair();
  const test::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "k.pem", key, 0644));
  for (const char* name :
       {"BAO_CLIENT_CERT", "VAULT_CLIENT_KEY", "BAO_CLIENT_CERT_BYTES", "VAULT_CLIENT_KEY_BYTES"})
    CHECK(said({{name, "x"}}) ==
          "$BAO_CLIENT_CERT and $BAO_CLIENT_KEY belong together: set both or none, and so with _BYTES");
  const auto texts = [](const std::string& shown, const std::string& its_key) {
    return said({{"BAO_CLIENT_CERT_BYTES", shown}, {"BAO_CLIENT_KEY_BYTES", its_key}});
  };
  const std::string both = "$BAO_CLIENT_CERT_BYTES and $BAO_CLIENT_KEY_BYTES: ";
  CHECK(texts("garbage", key).starts_with(both + "no certificate in PEM form"));
  CHECK(texts(certificate, "hunter2").starts_with(both + "no private key in PEM form"));
  CHECK(texts(certificate, "hunter2").find("hunter2") == std::string::npos);
  CHECK(said({{"BAO_CLIENT_CERT", "/nonexistent"}, {"VAULT_CLIENT_KEY", folder / "k.pem"}})
            .starts_with("$BAO_CLIENT_CERT: "));
  CHECK(said({{"BAO_CLIENT_CERT", folder / "k.pem"}, {"VAULT_CLIENT_KEY", folder / "k.pem"}})
            .starts_with("$VAULT_CLIENT_KEY: "));  // others may read it
}

TEST_CASE("a proxy is named by PROXY_ADDR, else by HTTP_PROXY", "[store][vault]") {
  Values values = {{"VAULT_HTTP_PROXY", "http://one:3128"}};
  CHECK(read(values)->route.proxy == "http://one:3128");
  values["BAO_PROXY_ADDR"] = "http://me:p%20w@Two/";
  CHECK(read(values)->route.proxy == "http://two:80");
  CHECK(read(values)->route.proxy_login->equals(Secret("me:p%20w")));
  CHECK(read(values)->proxy == "BAO_PROXY_ADDR");
  values["VAULT_HTTP_PROXY"] = "?";  // not looked at
  CHECK(said(values).empty());
  CHECK(read({{"BAO_PROXY_ADDR", ""}, {"VAULT_PROXY_ADDR", "http://p:1"}})->route.proxy.empty());
}

TEST_CASE("the name in the certificate is taken, and is a host's name alone", "[store][vault]") {
  const auto variables =
      read({{"BAO_TLS_SERVER_NAME", "Vault.Corp"}, {"VAULT_PROXY_ADDR", "http://proxy:3128"}});
  REQUIRE(variables);
  CHECK(variables->route.server_name == "vault.corp");
  CHECK(variables->route.proxy == "http://proxy:3128");
  for (const char* text :
       {"vault.corp:8200", "https://vault.corp", "vault corp", "vault.corp/", "[::1]", "a@b", "?"})
    CHECK(said({{"VAULT_TLS_SERVER_NAME", text}}) ==
          "$VAULT_TLS_SERVER_NAME could not be parsed: the name in the vault's certificate is expected");
}

TEST_CASE("more headers are a JSON object of texts", "[store][vault]") {
  const auto variables = read({{"VAULT_HEADERS", R"({"X-Route":"blue","Authorization":"Basic eA=="})"}});
  REQUIRE(variables);
  REQUIRE(variables->headers.size() == 2);
  CHECK(variables->headers[0].first == "X-Route");
  CHECK(variables->headers[1].second.equals(Secret("Basic eA==")));
  CHECK(said({{"VAULT_HEADERS", "{}"}}).empty());
  for (const char* text : {"X-Route: blue", "[]", R"({"X-Route":1})", R"({"X-Route":["blue"]})",
                           R"({"":"x"})", R"({"a b":"x"})", R"({"X":"a\nb"})", R"({"X":"a","X":"b"})",
                           R"({"X":"a"} )"
                           "x"})
    CHECK(said({{"VAULT_HEADERS", text}}) ==
          "$VAULT_HEADERS could not be parsed: a JSON object of names and texts is expected");
  for (const char* name : {"X-Vault-Token", "x-vault-namespace", "Host", "content-Length"})
    CHECK(said({{"VAULT_HEADERS", "{\"" + std::string(name) + "\":\"hunter2\"}"}}) ==
          "$VAULT_HEADERS holds '" + std::string(name) + "', which the client sets by itself: take it out");
  CHECK(said({{"BAO_HEADERS", "{}"}}) ==
        "$BAO_HEADERS is no variable of OpenBao's client: set $VAULT_HEADERS");
}

TEST_CASE("second factors are a header each", "[store][vault]") {
  const auto shown = [](const char* text) {
    std::string all;
    const auto variables = read({{"BAO_MFA", text}});
    if (!variables) return variables.error().line();
    for (const auto& [name, value] : variables->headers)
      all += name + ": " + std::string(value.reveal()) + "; ";
    return all;
  };
  CHECK(shown("totp:123456") == "X-Vault-MFA: totp:123456; ");
  CHECK(shown(" totp:1 ,, duo ,") == "X-Vault-MFA: totp:1; X-Vault-MFA: duo; ");
  CHECK(shown("a\nb") == "$BAO_MFA could not be parsed: METHOD[:CODE], separated by ',', is expected");
}

TEST_CASE("a rate has a burst of its own, or is one", "[store][vault]") {
  const auto at_once = [](const char* text) {
    const auto variables = read({{"BAO_RATE_LIMIT", text}});
    int turns = 0;
    while (variables->pace->next_turn(BootInstant(std::chrono::hours(1))) == Ticks(0)) ++turns;
    return turns;
  };
  CHECK(at_once("10") == 10);
  CHECK(at_once("10.7") == 10);
  CHECK(at_once("0.5") == 1);
  CHECK(at_once("0.5:3") == 3);
  CHECK(read({})->pace == nullptr);
  for (const char* text :
       {"fast", "0", "-1", "1:", "1:0", "1:x", "1:2x", "1x", ":2", "inf", "nan", "1e999", "0.09"})
    CHECK(said({{"VAULT_RATE_LIMIT", text}}) ==
          "$VAULT_RATE_LIMIT could not be parsed: RATE or RATE:BURST is expected, a second and at once, from "
          "0.1 "
          "and 1");
}

TEST_CASE("a proxy's address gets the port of its scheme, and socks5 looks up names itself",
          "[store][vault]") {
  const auto proxy_of = [](const char* text) {
    const auto route = parse_vault_proxy(text);
    return route ? route->proxy : route.error().line();
  };
  CHECK(proxy_of("https://p") == "https://p:443");
  CHECK(proxy_of("https://p:80") == "https://p:80");
  CHECK(proxy_of("http://p:443") == "http://p:443");
  CHECK(proxy_of("http://[::1]") == "http://[::1]:80");
  CHECK(proxy_of("socks5://p") == "socks5h://p:1080");
  CHECK(proxy_of("socks5h://10.0.0.1:1081") == "socks5h://10.0.0.1:1081");
  for (const char* text : {"p:3128", "p", "ftp://p", "http://", "http://p:0", "http://p:99999", "http://p/x",
                           "http://p?x", "http://p#x", "http://@p", "http://u:%@p", "http://u:%00@p",
                           "http://u@p@q/x", "http:/p", "HTTP", "http://a b"})
    CHECK(proxy_of(text) == "http://HOST:PORT is expected, or https:// or socks5://");
  CHECK(said({{"VAULT_HTTP_PROXY", "http://me:hunter2@"}}) ==
        "$VAULT_HTTP_PROXY could not be parsed: http://HOST:PORT is expected, or https:// or socks5://");
}

TEST_CASE("a duration is seconds, or numbers with units", "[store][vault]") {
  CHECK(parse_vault_duration("60") == milliseconds(60'000));
  CHECK(parse_vault_duration("500ms") == milliseconds(500));
  CHECK(parse_vault_duration("1h1m1s") == milliseconds(3'661'000));
  CHECK(parse_vault_duration("1.5s") == milliseconds(1'500));
  CHECK_FALSE(parse_vault_duration(""));
}
