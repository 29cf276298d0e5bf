// Requests, forms and routes as values. Not tested here: sockets (listener_test.cpp).
#include "tests/emulator/http.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::emulator;

namespace {

using Texts = std::vector<std::string>;

Request request(const std::string& target, Fields headers = {}, const std::string& body = "") {
  auto made = make_request("GET", target, std::move(headers), body);
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("a target is split into decoded segments and a decoded query", "[emulator]") {
  const Request made = request("/a%2Fb/c+d//?api-version=1&%24skiptoken=x%3D%3D&empty=&bare&plus=a+b");
  CHECK(made.segments == Texts{"a/b", "c+d", "", ""});
  CHECK(made.path() == "/a%2Fb/c+d//");
  CHECK(*find_field(made.query, "$skiptoken") == "x==");
  CHECK(find_field(made.query, "empty")->empty());
  CHECK(find_field(made.query, "bare")->empty());
  CHECK(*find_field(made.query, "plus") == "a b");
  CHECK(find_field(made.query, "absent") == nullptr);
}

TEST_CASE("the shortest target is one empty segment", "[emulator]") {
  CHECK(request("/").segments == Texts{""});
  CHECK(request("/?a=1").segments == Texts{""});
}

TEST_CASE("a target that is no path or has a broken escape is refused", "[emulator]") {
  for (const char* bad : {"", "a", "http://host/", "/%", "/%4", "/%zz", "/a?b=%1"}) {
    INFO(bad);
    CHECK_FALSE(make_request("GET", bad, {}, ""));
  }
}

TEST_CASE("names of headers are looked up in lower case", "[emulator]") {
  const Request made = request("/", {{"X-Some-Header", "Value"}});
  CHECK(*find_field(made.headers, "x-some-header") == "Value");
}

TEST_CASE("a form is read when its content type says so", "[emulator]") {
  const std::string body = "password=a%2Bb%2Fc&scope=x&scope=y";
  const auto form =
      request("/", {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}, body).form();
  REQUIRE(form);
  CHECK(*find_field(*form, "password") == "a+b/c");
  CHECK(form->size() == 3);
  CHECK_FALSE(request("/", {{"Content-Type", "application/json"}}, body).form());
  CHECK_FALSE(request("/", {}, body).form());
  CHECK_FALSE(request("/", {{"Content-Type", "application/x-www-form-urlencoded"}}, "a=%").form());
}

TEST_CASE("what was encoded is decoded to the same", "[emulator]") {
  const std::string text = "a b+c/d=&%\xff$~";
  const auto form = parse_form("key=" + percent_encode(text));
  REQUIRE(form);
  CHECK(form->front().second == text);
}

TEST_CASE("a Basic login has a user and a password that may hold colons", "[emulator]") {
  const auto login = basic_login(request("/", {{"Authorization", "basic dXNlcjpwYTpzcw=="}}));
  REQUIRE(login);
  CHECK(login->user == "user");
  CHECK(login->password == "pa:ss");
}

TEST_CASE("a broken Basic login is none", "[emulator]") {
  for (const char* bad :
       {"", "Basic", "Basic ", "Basic !!!", "Basic dXNlcg==", "Bearer dXNlcjpwYXNz", "Basicx dXNlcjpwYXNz"}) {
    INFO(bad);
    CHECK_FALSE(basic_login(request("/", {{"Authorization", bad}})));
  }
  CHECK_FALSE(basic_login(request("/")));
}

TEST_CASE("a bearer is what follows the word", "[emulator]") {
  CHECK(bearer_of(request("/", {{"Authorization", "Bearer a.b.c"}})) == "a.b.c");
  CHECK_FALSE(bearer_of(request("/", {{"Authorization", "Bearer "}})));
  CHECK_FALSE(bearer_of(request("/", {{"Authorization", "Basic a"}})));
}

TEST_CASE("a pattern matches a path and captures its parts", "[emulator]") {
  CHECK(match_path("/tokens/{}", {"tokens", "ci"}, Case::exact) == Texts{"ci"});
  CHECK(match_path("/v2/{...}/tags/list", {"v2", "a", "b", "tags", "list"}, Case::exact) == Texts{"a/b"});
  CHECK(match_path("/v2/{...}/tags/list", {"v2", "tags", "list", "tags", "list"}, Case::exact) ==
        Texts{"tags/list"});
  CHECK(match_path("/v2/", {"v2", ""}, Case::exact) == Texts{});
  CHECK(match_path("/TOKENS/{}", {"tokens", "Ci"}, Case::ignored) == Texts{"Ci"});
}

TEST_CASE("a path of another form does not match", "[emulator]") {
  CHECK_FALSE(match_path("/tokens/{}", {"tokens"}, Case::exact));
  CHECK_FALSE(match_path("/tokens/{}", {"tokens", ""}, Case::exact));
  CHECK_FALSE(match_path("/tokens/{}", {"tokens", "a", "b"}, Case::exact));
  CHECK_FALSE(match_path("/TOKENS/{}", {"tokens", "a"}, Case::exact));
  CHECK_FALSE(match_path("/v2/{...}/tags/list", {"v2", "tags", "list"}, Case::exact));
  CHECK_FALSE(match_path("/v2/", {"v2"}, Case::exact));
}

TEST_CASE("a slash too many at the end is passed over where case is", "[emulator]") {
  CHECK(match_path("/tokens", {"tokens", ""}, Case::ignored) == Texts{});
  CHECK(match_path("/tokens/{}", {"tokens", "a", ""}, Case::ignored) == Texts{"a"});
  CHECK_FALSE(match_path("/tokens/{}", {"tokens", ""}, Case::ignored));
  CHECK_FALSE(match_path("/tokens", {"tokens", "", ""}, Case::ignored));
}
