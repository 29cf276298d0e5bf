// Bearers of Entra and access tokens of the registry. Not tested here: JWS itself (tests/unit/crypto).
#include "tests/emulator/access_tokens.h"
#include "tests/unit/emulator/world.h"

#include <cmath>

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

constexpr std::string_view kControl = "https://localhost:1";

struct Fixture {
  scoped::test::FakeClock clock;
  scoped::test::SeededRandom random;

  std::string bearer(const std::string& resource = "https://management.azure.com",
                     Seconds life = Seconds(6)) {
    return make_bearer(keys().signer, {"tenant", "client", resource}, clock.now(), life, random).value();
  }
  Outcome<std::string> check(const std::string& given) const {
    return check_bearer(keys().signer, given, "tenant", kControl, clock.now());
  }
};

std::string refused(const Outcome<std::string>& outcome) { return outcome ? "" : outcome.error().code; }

// The same token with one character of a part changed: 0 header, 1 claims, 2 signature.
std::string altered(std::string token, int part) {
  size_t at = 0;
  for (; part > 0; --part) at = token.find('.', at) + 1;
  token[at + 5] = token[at + 5] == 'A' ? 'B' : 'A';
  return token;
}

}  // namespace

TEST_CASE("a bearer is good for the millisecond before its end and not for the one after", "[emulator]") {
  Fixture f;
  for (const int64_t offset : {0, 1, 999, 1234567, 9'990'000}) {
    f.clock.step_wall(Ticks(offset));
    const std::string bearer = f.bearer();
    CHECK(f.check(bearer) == "client");
    f.clock.advance(Seconds(6) - std::chrono::milliseconds(1));
    CHECK(f.check(bearer));
    f.clock.advance(std::chrono::milliseconds(1));
    CHECK(refused(f.check(bearer)) == "ExpiredAuthenticationToken");
  }
}

TEST_CASE("the claim exp says that very millisecond", "[emulator]") {
  Fixture f;
  f.clock.step_wall(std::chrono::milliseconds(123));
  const auto claims = keys().signer.verify(f.bearer());
  REQUIRE(claims);
  const double* end = claims->find("exp")->real();
  REQUIRE(end != nullptr);
  CHECK(std::llround(*end * 1000) == (unix_seconds(f.clock.now()) + 6) * 1000 + 123);
}

TEST_CASE("ARM takes its own audiences with any number of slashes, and no other", "[emulator]") {
  Fixture f;
  for (const char* good : {"https://management.azure.com", "https://management.azure.com/",
                           "https://management.core.windows.net/", "https://management.core.windows.net//",
                           "https://localhost:1", "https://localhost:1/"}) {
    INFO(good);
    CHECK(f.check(f.bearer(good)));
  }
  for (const char* bad :
       {"", "https://vault.azure.net", "https://management.azure.com.evil", "https://localhost:2"}) {
    INFO(bad);
    CHECK(refused(f.check(f.bearer(bad))) == "InvalidAuthenticationTokenAudience");
  }
}

TEST_CASE("what this Entra did not sign is refused", "[emulator]") {
  Fixture f;
  const std::string bearer = f.bearer();
  for (int part = 0; part < 3; ++part)
    CHECK(refused(f.check(altered(bearer, part))) == "InvalidAuthenticationToken");
  CHECK(refused(f.check("")) == "InvalidAuthenticationToken");
  CHECK(refused(f.check("a.b.c")) == "InvalidAuthenticationToken");
  CHECK(refused(check_bearer(keys().signer, bearer, "other-tenant", kControl, f.clock.now())) ==
        "InvalidAuthenticationToken");
  const Keys others = make_keys("localhost", f.clock.now()).value();
  CHECK(refused(check_bearer(others.signer, bearer, "tenant", kControl, f.clock.now())) ==
        "InvalidAuthenticationToken");
}

TEST_CASE("an access token of the registry is no bearer for ARM, and the other way round", "[emulator]") {
  Fixture f;
  const std::string token =
      make_access_token(keys().signer, {"user", "host", {}}, f.clock.now(), "id").value();
  CHECK(refused(f.check(token)) == "InvalidAuthenticationToken");
  CHECK_FALSE(read_access_token(keys().signer, f.bearer("host"), "host", f.clock.now()));
}

TEST_CASE("an access token says who may do what, for 75 minutes at one host", "[emulator]") {
  Fixture f;
  const AccessGrant grant{"node-blue", "host:1", {{"repository", "a/b", {"pull", "metadata_read"}}}};
  const std::string token = make_access_token(keys().signer, grant, f.clock.now(), "id").value();
  const auto read = read_access_token(keys().signer, token, "host:1", f.clock.now());
  REQUIRE(read);
  CHECK(read->user == "node-blue");
  REQUIRE(read->access.size() == 1);
  CHECK(read->access[0].name == "a/b");
  CHECK(read->access[0].actions == std::vector<std::string>{"pull", "metadata_read"});
  CHECK_FALSE(read_access_token(keys().signer, token, "host:2", f.clock.now()));
  CHECK(read_access_token(keys().signer, token, "host:1", f.clock.now() + Seconds(4499)));
  CHECK_FALSE(read_access_token(keys().signer, token, "host:1", f.clock.now() + Seconds(4500)));
}

TEST_CASE("an access token ends so that Distribution's leeway brings it to 75 minutes", "[emulator]") {
  Fixture f;
  const auto claims = keys().signer.verify(
      make_access_token(keys().signer, {"user", "host", {}}, f.clock.now(), "id").value());
  REQUIRE(claims);
  CHECK(*claims->find("exp")->integer() == unix_seconds(f.clock.now()) + 4500 - 60);
  CHECK(*claims->find("iss")->text() == "Azure Container Registry");
  CHECK(claims->find("access")->array()->empty());
}
