// Not tested here: who reads the documents (tests/integration/publish.py, tests/kubernetes).
#include "agent/publish/login_document.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::publish;

namespace {

Login login(const std::string& password = "secret") {
  return {{"r.io", "blue"}, 3, "blue", Secret(password)};
}

// The document with the login, or "is there", or the problem.
std::string put(std::string_view document, const std::string& password = "secret") {
  const auto changed = put_login(document, login(password));
  if (!changed) return changed.error().line();
  return *changed ? std::string((*changed)->reveal()) : "is there";
}

constexpr const char* kEntry = R"("r.io": {"auth": "Ymx1ZTpzZWNyZXQ="})";  // blue:secret

}  // namespace

TEST_CASE("a login makes a document where there is none", "[publish]") {
  CHECK(put("") == "{\"auths\": {" + std::string(kEntry) + "}}\n");
  CHECK(put(" \n") == put(""));
  CHECK(put(put("")) == "is there");
}

TEST_CASE("what is not the login stays as it is, to the byte", "[publish]") {
  struct Case {
    const char *before, *after;
  };
  const std::string entry = kEntry;
  CHECK(put("{}") == "{\"auths\": {" + entry + "}}");
  CHECK(put("{\n\t\"psFormat\" :  \"x\"\n}\n") ==
        "{\n\t\"psFormat\" :  \"x\",\n\t\"auths\": {" + entry + "}\n}\n");
  CHECK(put(R"({"auths":{},"z":1.50})") == "{\"auths\":{" + entry + "},\"z\":1.50}");
  CHECK(put("{\"auths\": {\n    \"ghcr.io\": {\"auth\":  \"eDp5\"}\n  }}") ==
        "{\"auths\": {\n    \"ghcr.io\": {\"auth\":  \"eDp5\"},\n    " + entry + "\n  }}");
  CHECK(put(R"({"auths": {"r.io": {"auth": "eDp5", "email": "a@b"}, "z.io": {}}})") ==
        "{\"auths\": {" + entry + ", \"z.io\": {}}}");
}

TEST_CASE("a login is there only if it is this one and nothing contradicts it", "[publish]") {
  CHECK(put(R"({"auths": {"r.io": {"auth": "Ymx1ZTpzZWNyZXQ="}}})") == "is there");
  CHECK(put(R"({"auths": {"r.io": { "auth" : "Ymx1ZTpz\u005aWNyZXQ=" }}})") == "is there");
  CHECK(put(R"({"auths": {"r.io": {"auth": "Ymx1ZTpzZWNyZXQ="}}})", "other") != "is there");
  CHECK(put(R"({"auths": {"r.io": {"auth": "Ymx1ZTpzZWNyZXQ=", "password": "old"}}})") != "is there");
  CHECK(put(R"({"auths": {"r.io": {"identitytoken": "x"}}})") != "is there");
}

TEST_CASE("what is no document of logins is refused, and not quoted", "[publish]") {
  for (const char* document : {"hunter2", "[]", R"({"auths": "hunter2"})", R"({"auths": {}, "auths": {}})",
                               "{\"auths\": {}} hunter2", "\"hunter2\"", "{\"a\": \xff}"}) {
    INFO(document);
    const auto changed = put_login(document, login());
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code() == ErrorCode::invalid_input);
    CHECK(changed.error().line().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a helper for the registry comes before a login", "[publish]") {
  const char* document = R"({"credsStore": "pass", "credHelpers": {"other.io": "scoped"}})";
  CHECK(helper_before_login(document, "r.io", true) == "pass");
  CHECK_FALSE(helper_before_login(document, "r.io", false));
  CHECK(helper_before_login(R"({"credHelpers": {"r.io": "scoped"}})", "r.io", false) == "scoped");
  CHECK_FALSE(helper_before_login(R"({"credsStore": "", "credHelpers": {"r.io": ""}})", "r.io", true));
  CHECK_FALSE(helper_before_login("{}", "r.io", true));
}
