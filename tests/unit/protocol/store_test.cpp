// Not tested here: what becomes of a stored login (answer). Arbitrary bytes are docker_request_fuzz's.
#include "common/protocol/docker.h"
#include "common/protocol/texts.h"
#include "tests/support/catch.h"

namespace scoped::protocol {
namespace {

Result<StoreRequest> parse(std::string_view text) { return parse_store(Secret(text)); }

std::string error_of(std::string_view text) {
  const auto request = parse(text);
  return request ? "no error" : request.error().line();
}

const std::string kNotJson = "not a JSON object with ServerURL, Username and Secret";

TEST_CASE("store reads the three members however a client writes them", "[protocol]") {
  const auto text = GENERATE(values<std::string>({
      R"({"ServerURL":"host","Username":"ci","Secret":"pw"})",
      R"({"Secret":"pw","Username":"ci","ServerURL":"host"})",
      R"({"serverurl":"host","USERNAME":"ci","sEcReT":"pw"})",
      R"({"ServerURL":"host","Username":"ci","Secret":"pw"} and {what: follows}")",
      R"({"ServerURL":"a","Username":"b","Secret":"c","serverURL":"host","username":"ci","secret":"pw"})",
      R"({"ServerURL":" host ","Username":"ci","Secret":"pw"})",
      "\n{\r\n  \"ServerURL\": \"host\",\r\n  \"Username\": \"ci\",\r\n  \"Secret\": \"pw\"\r\n}\r\n",
      "  \t{ \"ServerURL\" :\t\"host\" , \"Username\" : \"ci\" , \"Secret\" : \"pw\" } ",
      R"({"x":[1,-2.5e+3,0,true,false,null,"\"",{"y":[[]],"z":{}}],"ServerURL":"host","Username":"ci","Secret":"pw"})",
      "{\"ServerURL\":\"ho\nst\",\"Username\":\"ci\",\"Secret\":\"p\r\nw\"}",  // the reference joins lines
  }));
  CAPTURE(text);
  const auto request = parse(text);
  REQUIRE(request);
  CHECK(request->server_url == "host");
  CHECK(request->username == "ci");
  CHECK(request->secret.reveal() == "pw");
}

TEST_CASE("a stored key is read as get will ask for it", "[protocol]") {
  const auto request = parse(R"({"ServerURL":" ho\nst\r\n","Username":"ci"})");
  REQUIRE(request);
  CHECK(request->server_url == "host");
  const std::string half(kLongestLine / 2, 'k');
  CHECK(error_of("{\"ServerURL\":\"" + half + "\n" + half + "\",\"Username\":\"ci\"}") == kLineTooLong);
}

TEST_CASE("store decodes every escape, also the one around an identity token", "[protocol]") {
  const auto request = parse(R"({"ServerURL":"https://index.docker.io/v1/","Username":"\u003ctoken\u003e",)"
                             R"("Secret":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\udc33\ud83d!\udc33\ud83dA"})");
  REQUIRE(request);
  CHECK(request->username == "<token>");
  CHECK(request->secret.reveal() ==
        "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb3\xef\xbf\xbd!\xef\xbf\xbd\xef\xbf\xbd"
        "A");
}

TEST_CASE("a lone surrogate leaves the escape behind it alone", "[protocol]") {
  const auto request = parse(R"({"ServerURL":"h","Username":"u","Secret":"\ud83d\u0041"})");
  REQUIRE(request);
  CHECK(request->secret.reveal() ==
        "\xef\xbf\xbd"
        "A");
}

TEST_CASE("store accepts an empty secret, an absent one and null", "[protocol]") {
  for (const char* member : {R"(,"Secret":"")", R"(,"Secret":null)", R"(,"Secret":"x","secret":null)", ""}) {
    CAPTURE(member);
    const auto request = parse(R"({"ServerURL":"host","Username":"ci")" + std::string(member) + "}");
    REQUIRE(request);
    CHECK(request->secret.empty());
  }
}

TEST_CASE("store names what is missing in the reference's words, the URL first", "[protocol]") {
  CHECK(error_of("{}") == kNoServerUrl);
  CHECK(error_of("null") == kNoServerUrl);
  CHECK(error_of(R"({"ServerURL":"","Username":"","Secret":"pw"})") == kNoServerUrl);
  CHECK(error_of(R"({"ServerURL":null,"Username":"ci","Secret":"pw"})") == kNoServerUrl);
  CHECK(error_of(R"({"ServerURL":" \t","Username":"ci","Secret":"pw"})") == kNoServerUrl);
  CHECK(error_of(R"({"ServerURL":"host","Secret":"pw"})") == kNoUsername);
  CHECK(error_of(R"({"ServerURL":"host","Username":null,"Secret":"pw"})") == kNoUsername);
}

TEST_CASE("store refuses what is no such object without quoting it", "[protocol]") {
  const auto text = GENERATE(values<std::string>({
      "",
      "host",
      "[]",
      "\"hunter2\"",
      "7",
      "{",
      "{hunter2",
      R"({"ServerURL")",
      R"({"ServerURL":)",
      R"({"ServerURL":"host)",
      R"({"ServerURL":"host\)",
      R"({"ServerURL":"host\u00)",
      R"({"ServerURL":"host\x"})",
      R"({"ServerURL":"host\u00g0"})",
      R"({"ServerURL":"host\u+041"})",
      R"({"ServerURL":"host",})",
      R"({"ServerURL":"host" "Username":"ci"})",
      R"({"ServerURL":"host","Username":7,"Secret":"hunter2"})",
      R"({"ServerURL":"host","Username":"ci","Secret":["hunter2"]})",
      R"({"ServerURL":"host","Username":"ci","Secret":hunter2})",
      R"({"ServerURL":"host","Username":"ci","Secret":"hunter2","x":01})",
      R"({"ServerURL":"host","Username":"ci","Secret":"hunter2","x":-})",
      R"({"ServerURL":"host","Username":"ci","Secret":"hunter2","x":1.})",
      R"({"ServerURL":"host","Username":"ci","Secret":"hunter2","x":[1,]})",
      R"({"ServerURL":"host","Username":"ci","Secret":"hunter2","x":nul})",
      "{\"ServerURL\":\"host\",\"Username\":\"ci\",\"Secret\":\"hunter2\t\"}",
      "{\"ServerURL\":\"host\",\"Username\":\"ci\",\"Secret\":\"hunter2\xff\"}",
      "{\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}",
  }));
  CAPTURE(text);
  CHECK(error_of(text) == kNotJson);
}

TEST_CASE("store accepts deep values up to its bound", "[protocol]") {
  const std::string tail = R"(,"ServerURL":"host","Username":"ci"})";
  CHECK(parse("{\"x\":" + std::string(63, '[') + std::string(63, ']') + tail));
  CHECK_FALSE(parse("{\"x\":" + std::string(65, '[') + std::string(65, ']') + tail));
}

TEST_CASE("store has the reference's limit for a line", "[protocol]") {
  const std::string head = R"({"ServerURL":"host","Username":"ci","Secret":")";
  const auto padded = [&](size_t line) { return head + std::string(line - head.size() - 2, 'x') + "\"}"; };
  CHECK(parse(padded(kLongestLine - 1)));
  CHECK(error_of(padded(kLongestLine)) == kLineTooLong);
  CHECK(error_of("\n" + padded(kLongestLine) + "\n") == kLineTooLong);
}

}  // namespace
}  // namespace scoped::protocol
