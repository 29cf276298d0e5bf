// Not tested here: arbitrary input (tests/fuzz/url_fuzz.cpp).
#include "common/net/http.h"
#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::net;

namespace {

std::string parts_of(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return "refused";
  return url->scheme + " " + url->host + " " + std::to_string(url->port) + " " + url->path_and_query;
}

bool is_loopback_text(std::string_view text) { return is_loopback(parse_url(text).value()); }

}  // namespace

TEST_CASE("an address is taken apart", "[net]") {
  CHECK(parts_of("https://Vault.Corp:8200/v1/secret?list=true") ==
        "https vault.corp 8200 /v1/secret?list=true");
  CHECK(parts_of("HTTPS://h") == "https h 443 /");
  CHECK(parts_of("http://h?x") == "http h 80 /?x");
  CHECK(parts_of("https://[::1]:5000/v2/") == "https ::1 5000 /v2/");
  CHECK(parts_of("https://[2001:DB8::1]") == "https 2001:db8::1 443 /");
  CHECK(parts_of("https://a_b.c-d/%2Fx/@y:z") == "https a_b.c-d 443 /%2Fx/@y:z");
  CHECK(parts_of("https://h/?next=https://other@x/") == "https h 443 /?next=https://other@x/");
}

TEST_CASE("an address that could be read in two ways is refused", "[net]") {
  const char* text = GENERATE(
      "", "h", "//h/", "https:/h", "https:h", "ftp://h/", "file:///etc/passwd", "https://", "https:///x",
      "https://?x", "https://user@h/", "https://user:word@h/", "https://@h/", "https://h:/", "https://h:0/",
      "https://h:65536/", "https://h:+1/", "https://h:1x/", "https://h:000001/", "https://h/a b",
      "https://h/\n", "https://h/#frag", "https://h#f", "https://h\\@other/", "https://h/\xc3\xa4",
      "https://[::1", "https://[]/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://::1/",
      "https://h:1:2/", "https://[127.0.0.1]/", "https://h,i/", " https://h/");
  CAPTURE(text);
  CHECK(parts_of(text) == "refused");
}

TEST_CASE("an address with a NUL or beyond 16 KiB is refused", "[net]") {
  CHECK(parts_of(std::string_view("https://h/\0x", 12)) == "refused");
  CHECK(parts_of(std::string_view("https://[::1\0]/", 15)) == "refused");
  CHECK(parts_of("https://h/" + std::string(16 << 10, 'x')) == "refused");
}

TEST_CASE("what is wrong with an address is said without the address", "[net]") {
  const auto url = parse_url("https://user:hunter2@h/");
  CHECK(url.error().code() == ErrorCode::invalid_input);
  CHECK(url.error().line() == "the address holds a user name, which is not allowed");
}

TEST_CASE("an origin leaves out the usual port and brackets IPv6", "[net]") {
  CHECK(parse_url("https://H:443/x")->origin() == "https://h");
  CHECK(parse_url("http://h:80")->origin() == "http://h");
  CHECK(parse_url("http://h:443")->origin() == "http://h:443");
  CHECK(parse_url("https://[::1]:8443/x")->origin() == "https://[::1]:8443");
}

TEST_CASE("loopback is an address, not a name that looks like one", "[net]") {
  CHECK(is_loopback_text("http://localhost:1/"));
  CHECK(is_loopback_text("http://127.0.0.1/"));
  CHECK(is_loopback_text("http://127.255.0.9/"));
  CHECK(is_loopback_text("http://[::1]/"));
  CHECK(is_loopback_text("http://[0:0:0:0:0:0:0:1]/"));
  CHECK_FALSE(is_loopback_text("http://127.0.0.1.example.com/"));
  CHECK_FALSE(is_loopback_text("http://localhost.example.com/"));
  CHECK_FALSE(is_loopback_text("http://128.0.0.1/"));
  CHECK_FALSE(is_loopback_text("http://127.1/"));
  CHECK_FALSE(is_loopback_text("http://2130706433/"));
  CHECK_FALSE(is_loopback_text("http://[::]/"));
}

TEST_CASE("a displayed address shows only parameters of the allow-list", "[net]") {
  CHECK(display_url("https://h/p?api-version=2022-12-01&n=100&last=x/y&sig=abc") ==
        "https://h/p?api-version=2022-12-01&n=100&last=x/y&sig=[redacted]");
  CHECK(display_url("https://h/t?service=h:5000&scope=repository:a/b:pull,push") ==
        "https://h/t?service=h:5000&scope=repository:a/b:pull,push");
  CHECK(display_url("https://h/?secret") == "https://h/?[redacted]");
  CHECK(display_url("https://h/?") == "https://h/?[redacted]");
  CHECK(display_url("https://h/?=secret&&x=") == "https://h/?[redacted]&[redacted]&x=[redacted]");
  CHECK(display_url("https://h/?%6eame=secret") == "https://h/?[redacted]");
  CHECK(display_url("https://h/?NAME=secret") == "https://h/?NAME=[redacted]");
  CHECK(display_url("https://h/?scope=x;client_secret=y") == "https://h/?scope=[redacted]");
  CHECK(display_url("https://h/?n=1?password=2") == "https://h/?n=[redacted]");
}

TEST_CASE("a displayed address has neither user info nor fragment", "[net]") {
  CHECK(display_url("https://user:word@Host:1/p#access_token=x") == "https://host:1/p");
  CHECK(display_url("https://a@b:c@h/") == "https://h/");
  CHECK(display_url("https://user:pa/word@h/") == "[unreadable address]");
  CHECK(display_url("https://h/\x1b[2J") == "[unreadable address]");
  CHECK(display_url("not an address") == "[unreadable address]");
  CHECK(display_url("user:word@h") == "[unreadable address]");
}

TEST_CASE("a displayed header shows only what may be logged", "[net]") {
  CHECK(display_header({"Content-Type", "application/json"}) == "Content-Type: application/json");
  CHECK(display_header({"RETRY-AFTER", "5"}) == "RETRY-AFTER: 5");
  CHECK(display_header({"Authorization", "Bearer x"}) == "Authorization: [redacted]");
  CHECK(display_header({"Set-Cookie", "x"}) == "Set-Cookie: [redacted]");
  CHECK(display_header({"X-Anything", "x"}) == "X-Anything: [redacted]");
  CHECK(display_header({"Location", "https://h/p?t=secret"}) == "Location: https://h/p?t=[redacted]");
  CHECK(display_header({"Server", "a\r\nb\x1b"}) == "Server: a  b ");
}

TEST_CASE("percent coding keeps the unreserved and comes back", "[net]") {
  CHECK(percent_encode("azAZ09-._~") == "azAZ09-._~");
  CHECK(percent_encode("a b+c/d=e&\xc3\xa4%") == "a%20b%2Bc%2Fd%3De%26%C3%A4%25");
  CHECK(percent_encode("") == "");
  CHECK(percent_decode("a%20b%2b%2B+").value() == "a b+++");
  CHECK(percent_decode(percent_encode(std::string_view("\0\xff", 2))).value() == std::string("\0\xff", 2));
}

TEST_CASE("broken percent coding is refused", "[net]") {
  const char* text = GENERATE("%", "%a", "x%4", "%zz", "%%41", "%-1", "% 1");
  CAPTURE(text);
  CHECK(percent_decode(text).error().code() == ErrorCode::invalid_input);
}

TEST_CASE("the services of a cloud's own machine are spoken to without TLS", "[net]") {
  CHECK(is_this_network(parse_url("http://169.254.169.254/metadata").value()));
  CHECK(is_this_network(parse_url("http://169.254.130.3:8081/msi/token").value()));
  CHECK(is_this_network(parse_url("http://localhost/").value()));
  for (const char* text :
       {"http://169.255.169.254/", "http://169.254.169.254.example.com/", "http://10.0.0.1/"})
    CHECK_FALSE(is_this_network(parse_url(text).value()));
}
