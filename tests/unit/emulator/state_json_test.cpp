// The state file's document. Not tested here: when it is written (site_test.cpp).
#include "tests/emulator/state_json.h"

#include "tests/support/fake_clock.h"
#include "tests/unit/emulator/contains.h"

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

struct Fixture {
  test::FakeClock clock;
  test::SeededRandom random;
  Model model{new_contents("myregistry", clock.now() + Ticks(1234567), random)};
  std::string value;

  Fixture() {
    const Moment moment{clock.now(), "tester"};
    REQUIRE(model.put_scope_map("ci-scope", {"what \"it\" is", {{"repositories/a/content/read"}}}, moment));
    REQUIRE(model.put_token("ci-main", {model.child_id("scopeMaps", "ci-scope"), false, {}}, moment));
    REQUIRE(model.put_token("Second", {model.child_id("scopeMaps", "ci-scope"), {}, {}}, moment));
    const std::string id = model.child_id("tokens", "ci-main");
    auto made = model.generate({id, "password2", clock.now() + Ticks(7654321)}, moment, random);
    REQUIRE(made);
    value = made->made[0].value.reveal();
  }
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("what is written is read back to the same", "[emulator]") {
  Fixture f;
  const std::string text = write_state(f.model.contents());
  const auto contents = read_state(text);
  REQUIRE(contents);
  CHECK(write_state(*contents) == text);
  CHECK(contents->facts.client_secret.equals(f.model.facts().client_secret));
  CHECK(contents->last_generated == f.model.contents().last_generated);
  const Model again(read_state(text).value());
  REQUIRE(again.login("ci-main", Secret(f.value), f.clock.now()) == nullptr);  // disabled
  const Token* token = again.token("ci-main");
  REQUIRE(token != nullptr);
  CHECK(token->passwords.at(0).expires_at == f.clock.now() + Ticks(7654321));
  CHECK(again.token("second")->name == "Second");
}

TEST_CASE("each token has a line that a person can find", "[emulator]") {
  Fixture f;
  CHECK_THAT(write_state(f.model.contents()), Contains("\n  \"tokens\": [\n    {\"name\":\"ci-main\",") &&
                                                  Contains("},\n    {\"name\":\"Second\","));
}

TEST_CASE("no password is in the document", "[emulator]") {
  Fixture f;
  CHECK_THAT(write_state(f.model.contents()), !Contains(f.value));
}

TEST_CASE("an operation under way is over after a restart", "[emulator]") {
  Fixture f;
  f.model.set_provisioning("ci-main", "Creating");
  const Model again(read_state(write_state(f.model.contents())).value());
  CHECK(again.token("ci-main")->provisioning == "Succeeded");
}

TEST_CASE("a damaged document is corrupt and the line names the member", "[emulator]") {
  Fixture f;
  const std::string good = write_state(f.model.contents());
  struct Row {
    std::string text;
    const char* named;
  };
  for (const Row& row :
       {Row{"", "line 1"},
        {"[]", "object"},
        {good.substr(0, good.size() / 2), "line"},
        {with(good, "\"schema\": 1", "\"schema\": 2"), "schema"},
        {with(good, "\"tenant\"", "\"tennant\""), "tenant"},
        {with(good, "\"system_defined\":false", "\"system_defined\":0"), "system_defined"},
        {with(good, "\"last_generated\": \"2", "\"last_generated\": \"x"), "last_generated"},
        {with(good, "\"name\":\"Second\"", "\"name\":\"CI-main\""), "twice"},
        {with(good, "\"scope_map\":\"ci-scope\"", "\"scope_map\":\"gone\""), "scope map"},
        {with(good, "\"attributes\": []", "\"attributes\": [{\"of\":\"demo\"}]"), "delete"},
        {with(good, "\"attributes\": []", "\"attributes\": [1]"), "attributes"},
        {with(good, "\"diagnostic_settings\": []", "\"diagnostic_settings\": [{\"name\":\"a\"}]"),
         "properties"}}) {
    INFO(row.named);
    const auto contents = read_state(row.text);
    REQUIRE_FALSE(contents);
    CHECK(contents.error().code() == ErrorCode::corrupt);
    CHECK_THAT(contents.error().line(), Contains(row.named));
  }
}
