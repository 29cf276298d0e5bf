#include "common/identity/vault_wrapping.h"

#include "tests/unit/identity/vault_world.h"

using namespace scoped;
using namespace scoped::identity;
using namespace scoped::identity::test;

namespace {

const std::string kWrappedAt = "auth/approle/role/host/secret-id";
const std::string kLookupOf = "POST https://vault:8200/v1/sys/wrapping/lookup";
const std::string kUnwrap = "POST https://vault:8200/v1/sys/wrapping/unwrap";

Answer origin(const std::string& path) { return {200, R"({"data":{"creation_path":")" + path + R"("}})"}; }

struct WrappedWorld : World {
  WrappedWorld() {
    settings.values["wrapped_at"] = kWrappedAt;
    variables["SECRET"] = "wrap-1";
  }
};

}  // namespace

TEST_CASE("a wrapped secret id is unwrapped once, where it comes from the right path", "[identity][vault]") {
  WrappedWorld world;
  world.transport.answer(kLookupOf, origin(kWrappedAt));
  world.transport.answer(kUnwrap, {200, R"({"data":{"secret_id":"inner"}})"});
  world.transport.answer(kLogin, {200, lease("t1", 3600)});
  world.transport.answer(kLogin, {200, lease("t2", 3600)});
  CHECK(world.token() == "t1");
  CHECK(world.transport.lines() == kLookupOf + "; " + kUnwrap + "; " + kLogin);
  const auto sent = world.transport.sent();
  CHECK(sent[0].body == R"({"token":"wrap-1"})");
  CHECK(sent[0].header("X-Vault-Token").empty());
  CHECK(sent[1].header("X-Vault-Token") == "wrap-1");
  CHECK(sent[1].body == "{}");
  CHECK(sent[2].body == R"({"role_id":"role-1","secret_id":"inner"})");
  world.transport.forget();
  world.made->refused();
  CHECK(world.token() == "t2");
  CHECK(world.transport.lines() == kLogin);
}

TEST_CASE("a wrapping token that was used, or made elsewhere, is an alarm", "[identity][vault]") {
  WrappedWorld used;
  used.transport.answer(kLookupOf, {400, R"({"errors":["wrapping token is not valid or does not exist"]})"});
  const std::string said = used.token();
  CHECK(said.starts_with("login: identity 'host': the vault does not know the wrapping token"));
  CHECK(said.find("the secret id is known to others") != std::string::npos);
  WrappedWorld other;
  other.transport.answer(kLookupOf, origin("auth/approle/role/other/secret-id"));
  CHECK(other.token() == "login: identity 'host': the wrapping token was not made at '" + kWrappedAt +
                             "': somebody may have put it there; it was not unwrapped");
  CHECK(other.transport.sent().size() == 1);
}

TEST_CASE("what is no answer to an unwrapping is never quoted", "[identity][vault]") {
  for (const char* body : {"", "[]", "{}", R"({"data":{}})", R"({"data":{"creation_path":7,"secret_id":7}})",
                           R"({"data":{"secret_id":"a b"}})"}) {
    CHECK(read_creation_path(Secret(body)).error().code() == ErrorCode::unavailable);
    CHECK(read_secret_id(Secret(body)).error().line().starts_with("that is no answer of a vault: "));
  }
}

TEST_CASE("'wrapped_at' without a secret id is a mistake of the configuration", "[identity][vault]") {
  WrappedWorld world;
  world.settings.values.erase("secret_id");
  CHECK(world.make().error().code() == ErrorCode::configuration);
}
