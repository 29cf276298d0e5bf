// Tokens, their passwords and their logins in the model. Not tested here: HTTP (arm_test.cpp,
// login_test.cpp).
#include "tests/emulator/model.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

#include <regex>

using namespace scoped;
using namespace scoped::emulator;

namespace {

struct Fixture {
  test::FakeClock clock;
  test::SeededRandom random;
  Model model{new_contents("myregistry", clock.now(), random), Limits{2, 100, 500, 256}};

  Fixture() { REQUIRE(model.put_token("ci-main", body(), moment())); }

  Moment moment() const { return {clock.now(), "tester"}; }
  TokenBody body(std::optional<std::vector<std::string>> keep = {}) const {
    return {model.child_id("scopeMaps", "_repositories_pull"), {}, std::move(keep)};
  }
  Outcome<Generated> generate(std::optional<std::string> slot, std::optional<Instant> expires_at = {}) {
    return model.generate({model.child_id("tokens", "ci-main"), std::move(slot), expires_at}, moment(),
                          random);
  }
  Secret password(const std::string& slot, std::optional<Instant> expires_at = {}) {
    auto generated = generate(slot, expires_at);
    REQUIRE(generated);
    return generated->made.front().value.clone();
  }
  // "password1 password2", those that the token has.
  std::string slots() const {
    std::string text;
    for (const Password& each : model.token("ci-main")->passwords)
      text += (text.empty() ? "" : " ") + each.slot;
    return text;
  }
  bool logs_in(const Secret& given) const { return model.login("ci-main", given, clock.now()) != nullptr; }
};

}  // namespace

TEST_CASE("a token is made enabled and without a password", "[emulator]") {
  Fixture f;
  const Token* token = f.model.token("CI-Main");
  REQUIRE(token != nullptr);
  CHECK(token->name == "ci-main");
  CHECK(token->enabled);
  CHECK(token->passwords.empty());
  CHECK(token->scope_map == "_repositories_pull");
}

TEST_CASE("a put without credentials wipes both passwords", "[emulator]") {
  Fixture f;
  REQUIRE(f.generate({}));
  REQUIRE(f.slots() == "password1 password2");
  const Instant created = f.model.token("ci-main")->system.created_at;
  f.clock.advance(Seconds(1));
  const auto put = f.model.put_token("ci-main", f.body(), f.moment());
  REQUIRE(put);
  CHECK_FALSE(put->created);
  CHECK(f.slots().empty());
  CHECK(put->object->system.created_at == created);
}

TEST_CASE("a put or a patch keeps the passwords that it names", "[emulator]") {
  Fixture f;
  REQUIRE(f.generate({}));
  REQUIRE(f.model.put_token("ci-main", f.body({{"password1", "password2"}}), f.moment()));
  CHECK(f.slots() == "password1 password2");
  REQUIRE(f.model.patch_token("ci-main", {{}, {}, {{"password2"}}}, f.moment()));
  CHECK(f.slots() == "password2");
  REQUIRE(f.model.patch_token("ci-main", {{}, false, {}}, f.moment()));
  CHECK(f.slots() == "password2");
  REQUIRE(f.model.patch_token("ci-main", {{}, {}, {std::vector<std::string>{}}}, f.moment()));
  CHECK(f.slots().empty());
}

TEST_CASE("a keep-list cannot make a password", "[emulator]") {
  Fixture f;
  REQUIRE(f.generate("password1"));
  CHECK(f.model.patch_token("ci-main", {{}, {}, {{"password2"}}}, f.moment()).error().status == 400);
  CHECK(f.model.patch_token("ci-main", {{}, {}, {{"password3"}}}, f.moment()).error().status == 400);
  CHECK(f.model.put_token("other", f.body({{"password1"}}), f.moment()).error().status == 400);
  CHECK(f.slots() == "password1");
  CHECK(f.model.token("other") == nullptr);
}

TEST_CASE("a wrong token is refused and nothing is changed", "[emulator]") {
  Fixture f;
  REQUIRE(f.generate("password1"));
  CHECK(f.model.put_token("1token", f.body(), f.moment()).error().status == 400);
  CHECK(f.model.put_token("new-token", {}, f.moment()).error().status == 400);
  for (const std::string& id : {std::string("_repositories_pull"), f.model.child_id("scopeMaps", "nowhere"),
                                f.model.child_id("scopeMaps", ""), f.model.child_id("tokens", "ci-main"),
                                f.model.child_id("scopeMaps", "_repositories_pull/x")}) {
    INFO(id);
    CHECK(f.model.put_token("ci-main", {id, {}, {}}, f.moment()).error().status == 400);
    CHECK(f.model.patch_token("ci-main", {id, {}, {}}, f.moment()).error().status == 400);
  }
  CHECK(f.slots() == "password1");
  CHECK(f.model.patch_token("nowhere", {}, f.moment()).error().status == 404);
}

TEST_CASE("ids are compared without regard to case", "[emulator]") {
  Fixture f;
  std::string id = f.model.child_id("scopeMaps", "_REPOSITORIES_push");
  id.replace(0, 14, "/SUBSCRIPTIONS");
  REQUIRE(f.model.patch_token("ci-main", {id, {}, {}}, f.moment()));
  CHECK(f.model.token("ci-main")->scope_map == "_repositories_push");
}

TEST_CASE("the number of tokens is limited", "[emulator]") {
  Fixture f;
  REQUIRE(f.model.put_token("second", f.body(), f.moment()));
  CHECK(f.model.put_token("third", f.body(), f.moment()).error().status == 400);
  CHECK(f.model.delete_token("SECOND"));
  CHECK_FALSE(f.model.delete_token("second"));
  CHECK(f.model.put_token("third", f.body(), f.moment()));
}

TEST_CASE("one slot is generated and the other stays as it is", "[emulator]") {
  Fixture f;
  REQUIRE(f.generate({}));
  const Password before = *f.model.token("ci-main")->password("password1");
  const auto generated = f.generate("password2", f.clock.now() + Seconds(60));
  REQUIRE(generated);
  REQUIRE(generated->made.size() == 1);
  CHECK(generated->made[0].slot == "password2");
  CHECK(f.slots() == "password1 password2");
  const Token* token = f.model.token("ci-main");
  CHECK(token->password("password1")->created_at == before.created_at);
  CHECK(token->password("password1")->sha256 == before.sha256);
  CHECK(token->password("password2")->expires_at == f.clock.now() + Seconds(60));
  CHECK_FALSE(token->password("password1")->expires_at);
}

TEST_CASE("without a name both slots are generated", "[emulator]") {
  Fixture f;
  const auto generated = f.generate({});
  REQUIRE(generated);
  REQUIRE(generated->made.size() == 2);
  CHECK_FALSE(generated->made[0].value.equals(generated->made[1].value));
}

TEST_CASE("a creationTime is never used twice, not even when the clock stands or jumps back", "[emulator]") {
  Fixture f;
  Instant last{};
  for (int i = 0; i < 20; ++i) {
    if (i == 10) f.clock.step_wall(-Seconds(3600));
    REQUIRE(f.generate(i % 2 == 0 ? "password1" : "password2"));
    const Instant now = f.model.token("ci-main")->password(kSlots[static_cast<size_t>(i % 2)])->created_at;
    CHECK(now > last);
    last = now;
  }
}

TEST_CASE("a wrong generate is refused and no password dies", "[emulator]") {
  Fixture f;
  const Secret alive = f.password("password1");
  CHECK(f.generate("password3").error().status == 400);
  CHECK(f.generate("password1", f.clock.now()).error().status == 400);
  CHECK(f.generate("password1", f.clock.now() - Ticks(1)).error().status == 400);
  CHECK(f.model.generate({f.model.child_id("tokens", "nowhere"), {}, {}}, f.moment(), f.random)
            .error()
            .status == 404);
  CHECK(f.model.generate({"ci-main", {}, {}}, f.moment(), f.random).error().status == 400);
  CHECK(f.logs_in(alive));
}

TEST_CASE("passwords have the form that scanners look for", "[emulator]") {
  test::SeededRandom random;
  const std::regex shape("[A-Za-z0-9+/]{42}\\+ACR[A-D][A-Za-z0-9+/]{5}");
  for (int i = 0; i < 50; ++i) CHECK(std::regex_match(std::string(make_password(random).reveal()), shape));
}

TEST_CASE("both passwords log in until each is generated again", "[emulator]") {
  Fixture f;
  const Secret first = f.password("password1");
  const Secret second = f.password("password2");
  CHECK(f.logs_in(first));
  CHECK(f.logs_in(second));
  const Secret third = f.password("password1");
  CHECK_FALSE(f.logs_in(first));
  CHECK(f.logs_in(second));
  CHECK(f.logs_in(third));
}

TEST_CASE("a password is refused from its expiry on", "[emulator]") {
  Fixture f;
  const Secret given = f.password("password1", f.clock.now() + Seconds(10));
  f.clock.advance(Seconds(10) - Ticks(1));
  CHECK(f.logs_in(given));
  f.clock.advance(Ticks(1));
  CHECK_FALSE(f.logs_in(given));
}

TEST_CASE("another user, another spelling, another password or a disabled token do not log in",
          "[emulator]") {
  Fixture f;
  const Secret given = f.password("password1");
  CHECK(f.model.login("ci-main2", given, f.clock.now()) == nullptr);
  CHECK(f.model.login("CI-MAIN", given, f.clock.now()) == nullptr);
  CHECK(f.model.login("", given, f.clock.now()) == nullptr);
  CHECK_FALSE(f.logs_in(Secret("")));
  CHECK_FALSE(f.logs_in(Secret(std::string(given.reveal()) + "x")));
  CHECK_FALSE(f.logs_in(Secret(f.model.token("ci-main")->passwords[0].sha256)));
  REQUIRE(f.model.patch_token("ci-main", {{}, false, {}}, f.moment()));
  CHECK_FALSE(f.logs_in(given));
  REQUIRE(f.model.patch_token("ci-main", {{}, true, {}}, f.moment()));
  CHECK(f.logs_in(given));
}
