#include "common/net/challenge.h"

#include "tests/support/catch.h"

using namespace scoped;
using namespace scoped::net;

namespace {

// "name=value; name=value", or "none".
std::string shown(std::string_view header) {
  const auto challenge = parse_bearer_challenge(header);
  if (!challenge) return "none";
  std::string text;
  for (const auto& [name, value] : challenge->parameters)
    text += (text.empty() ? "" : "; ") + name + "=" + value;
  return text;
}

class Told final : public Authorizer {
 public:
  std::string what;
  Result<> authorize(Request&) override { return {}; }
  void refused() override { what = "refused"; }
  void refused_for(const std::string& claims) override { what = "claims " + claims; }
  Result<Pinned> pin(std::chrono::seconds) override { return fail(ErrorCode::internal, "not here"); }
};

}  // namespace

TEST_CASE("the parameters of a challenge are read", "[net]") {
  CHECK(shown(R"(Bearer authorization="https://login.windows.net/t", resource="https://vault.azure.net")") ==
        "authorization=https://login.windows.net/t; resource=https://vault.azure.net");
  CHECK(shown(R"(bearer  Realm = "a, \"b\"" ,scope=x)") == "realm=a, \"b\"; scope=x");
  CHECK(shown("Bearer authorization=https://login.windows.net/t resource=https://vault.azure.net") ==
        "authorization=https://login.windows.net/t; resource=https://vault.azure.net");
  CHECK(shown("Bearer") == "");
  CHECK(shown(R"(Bearer claims="eyJh==", error="insufficient_claims")") ==
        "claims=eyJh==; error=insufficient_claims");
}

TEST_CASE("a challenge of another scheme is passed over", "[net]") {
  CHECK(shown(R"(PoP nonce="n", Bearer realm="r", scope="s")") == "realm=r; scope=s");
  CHECK(shown(R"(Bearer realm="r", Basic realm="other")") == "realm=r");
  CHECK(shown(R"(Basic realm="r")") == "none");
}

TEST_CASE("a header that is broken or too long is none", "[net]") {
  CHECK(shown("") == "none");
  CHECK(shown(R"(Bearer realm="r)") == "none");
  CHECK(shown(R"(Bearer realm="r\)") == "none");
  CHECK(shown("Bearer =r") == "none");
  CHECK(shown("Bearer a=\"" + std::string(20'000, 'x') + "\"") == "none");
}

TEST_CASE("the first Bearer of several headers counts", "[net]") {
  Response answer;
  answer.headers = {{"www-authenticate", "Basic realm=x"}, {"WWW-Authenticate", "Bearer realm=y"}};
  REQUIRE(bearer_challenge(answer));
  CHECK(bearer_challenge(answer)->find("realm") == "y");
  CHECK(bearer_challenge(answer)->find("scope").empty());
  CHECK_FALSE(bearer_challenge(Response()));
}

TEST_CASE("an identity hears of claims that are asked for", "[net]") {
  Told identity;
  Response answer;
  tell_refused(identity, answer);
  CHECK(identity.what == "refused");
  answer.headers = {{"WWW-Authenticate", R"(Bearer error="insufficient_claims", claims="e30=")"}};
  tell_refused(identity, answer);
  CHECK(identity.what == "claims e30=");
}
