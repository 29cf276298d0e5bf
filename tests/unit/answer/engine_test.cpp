// Not tested here: which token is selected (selection_test.cpp) and the form of the answers
// (tests/unit/protocol).
#include "common/answer/engine.h"

#include "common/protocol/texts.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using store::LoadState;
using test::failed;
using test::found;
using test::kHost;
using test::make_record;
using test::name_of;

const std::string kCredentials = R"({"ServerURL":"reg.azurecr.io","Username":"puller","Secret":"pass-1"})"
                                 "\n";

struct World {
  test::FakeClock clock;
  config::Config configuration = test::make_config({"puller", "builder"});
  Permissions permissions;
  Copies copies{60s};
  Engine engine{configuration, permissions, copies};

  Now now() const { return {clock.now(), clock.boot_now()}; }
  std::variant<Answer, Load> begin(std::string_view input, std::string verb = "get",
                                   Caller caller = test::trusted_caller()) {
    return engine.begin({std::move(verb), "", input, std::move(caller)}, now());
  }
  Answer answer(std::string_view input, std::string verb = "get", Caller caller = test::trusted_caller()) {
    auto begun = begin(input, std::move(verb), std::move(caller));
    REQUIRE(std::holds_alternative<Answer>(begun));
    return std::get<Answer>(std::move(begun));
  }
  Load load(std::string_view input = kHost) {
    auto begun = begin(input);
    REQUIRE(std::holds_alternative<Load>(begun));
    return std::get<Load>(std::move(begun));
  }
  // What the owner of the engine does with a load that ended.
  Answer finish(const Load& load, const store::LoadResult& loaded) {
    copies.take(load.name, loaded, clock.now(), clock.boot_now());
    return engine.finish(load, &loaded, now());
  }
  void hold(record::Record record) {
    const record::RecordName name = record.name();
    copies.take(name, found(std::move(record)), clock.now(), clock.boot_now());
  }
};

std::string text_of(const Answer& answer) { return std::string(answer.text.reveal()); }

TEST_CASE("a fresh copy answers at once and the server URL is echoed verbatim", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  const Answer answer = world.answer("  https://REG.azurecr.io/v2/\n");
  CHECK(answer.exit_code == 0);
  CHECK_FALSE(answer.not_mine);
  CHECK_FALSE(answer.also_stderr);
  CHECK(text_of(answer) ==
        R"({"ServerURL":"https://REG.azurecr.io/v2/","Username":"puller","Secret":"pass-1"})"
        "\n");
  CHECK(world.copies.find(name_of("puller"))->asked_for == world.clock.boot_now());
}

TEST_CASE("a cold record is loaded with patience, then answered", "[answer]") {
  World world;
  const Load load = world.load();
  CHECK(load.name == name_of("puller"));
  CHECK(load.wait == 15s);
  const Answer answer = world.finish(load, found(make_record("puller")));
  CHECK(answer.exit_code == 0);
  CHECK(text_of(answer) == kCredentials);
  CHECK(world.copies.find(name_of("puller"))->asked_for.has_value());
  CHECK(text_of(world.answer(kHost)) == kCredentials);
}

TEST_CASE("the user name is the password's, whatever the token is called", "[answer]") {
  World world;
  record::Record record = make_record("puller");
  record.current->username = "robot$1";
  world.hold(std::move(record));
  CHECK(text_of(world.answer(kHost)) ==
        R"({"ServerURL":"reg.azurecr.io","Username":"robot$1","Secret":"pass-1"})"
        "\n");
}

TEST_CASE("an old copy asks the store for a moment and answers if that keeps silent", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(61s);
  const Load load = world.load();
  CHECK(load.wait == 500ms);
  CHECK(text_of(world.engine.finish(load, nullptr, world.now())) == kCredentials);
  const auto state = GENERATE(LoadState::locked, LoadState::unavailable, LoadState::corrupt);
  CHECK(text_of(world.finish(load, failed(state))) == kCredentials);
}

TEST_CASE("a store that answers replaces the old copy", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(61s);
  const Answer answer = world.finish(world.load(), found(make_record("puller", "pass-2")));
  CHECK(text_of(answer) == R"({"ServerURL":"reg.azurecr.io","Username":"puller","Secret":"pass-2"})"
                           "\n");
}

TEST_CASE("beyond its offline limit a copy is not handed out, asked or not", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(std::chrono::days(7));
  const Load load = world.load();
  CHECK(load.wait == 15s);
  const Answer answer = world.engine.finish(load, nullptr, world.now());
  CHECK(answer.exit_code == 1);
  CHECK(answer.also_stderr);
  CHECK(text_of(answer) ==
        "'reg.azurecr.io/puller': its copy is too old or too close to its expiry, and the store did not "
        "answer within 15s: try again\n");
  CHECK(text_of(world.finish(load, found(make_record("puller")))) == kCredentials);
}

TEST_CASE("the offline limit is told by boot time", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.step_wall(-std::chrono::days(6));
  world.clock.advance(std::chrono::days(7));
  CHECK(world.engine.finish(world.load(), nullptr, world.now()).exit_code == 1);
}

TEST_CASE("near its expiry a copy is not handed out but a password from the store is", "[answer]") {
  World world;
  world.clock.step_wall(test::at("2026-03-31T17:00:00Z") - world.clock.now());  // hold is 8 h
  world.hold(make_record("puller"));
  const Load load = world.load();
  CHECK(load.wait == 15s);
  CHECK(world.engine.finish(load, nullptr, world.now()).exit_code == 1);
  CHECK(text_of(world.finish(load, found(make_record("puller")))) == kCredentials);
}

TEST_CASE("an expired password is never printed", "[answer]") {
  World world;
  world.clock.step_wall(test::at("2026-04-01T00:00:00Z") - world.clock.now());
  const Answer answer = world.finish(world.load(), found(make_record("puller")));
  CHECK(answer.exit_code == 1);
  CHECK(answer.also_stderr);
  CHECK(text_of(answer) ==
        "'reg.azurecr.io/puller': its password expired at 2026-04-01T00:00:00Z and was not rotated: see "
        "'scopedctl status'\n");
  CHECK(text_of(world.finish(world.load(), failed(LoadState::unavailable))).find("pass-1") ==
        std::string::npos);
}

TEST_CASE("a record without a password yet says so, also from a copy", "[answer]") {
  World world;
  const Answer answer = world.finish(world.load(), found(test::make_not_ready("puller")));
  CHECK(answer.exit_code == 1);
  CHECK(text_of(answer) ==
        "'reg.azurecr.io/puller': it has no password yet: the agent makes one, see 'scopedctl status'\n");
  CHECK(world.load().wait == 15s);  // asked anew each time
}

TEST_CASE("each end of a load without a copy is one line that says what to do", "[answer]") {
  struct Row {
    LoadState state;
    const char* text;
  };
  const auto row =
      GENERATE(Row{LoadState::absent, "it has no record: run 'scopedctl import reg.azurecr.io puller'"},
               Row{LoadState::locked, "the store is locked: why: unlock it and try again"},
               Row{LoadState::denied, "the store may not be read: why: ask whoever administers it"},
               Row{LoadState::unavailable, "the store did not answer: why: try again"},
               Row{LoadState::corrupt, "why: restore it, or run 'scopedctl import reg.azurecr.io puller'"});
  World world;
  const auto loaded = row.state == LoadState::absent ? store::LoadResult::absent() : failed(row.state);
  const Answer answer = world.finish(world.load(), loaded);
  CHECK(answer.exit_code == 1);
  CHECK(answer.also_stderr);
  CHECK_FALSE(answer.not_mine);
  CHECK(text_of(answer) == "'reg.azurecr.io/puller': " + std::string(row.text) + "\n");
}

TEST_CASE("a proven absence and a denial end the copy at once", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(61s);
  const Load load = world.load();
  const bool absent = GENERATE(true, false);
  CHECK(world.finish(load, absent ? store::LoadResult::absent() : failed(LoadState::denied)).exit_code == 1);
  CHECK(world.copies.find(name_of("puller")) == nullptr);
}

TEST_CASE("keys that are not ours are passed on, keys that are wrong are refused", "[answer]") {
  World world;
  CHECK(world.answer("ghcr.io").not_mine);
  CHECK(world.answer("pycreds test: no host").not_mine);
  CHECK(world.answer("https://index.docker.io/v1/access-token").not_mine);
  const Answer empty = world.answer(" \n");
  CHECK(empty.exit_code == 1);
  CHECK_FALSE(empty.also_stderr);
  CHECK(text_of(empty) == "no credentials server URL\n");
  CHECK(text_of(world.answer(std::string(70'000, 'a'))) == "bufio.Scanner: token too long\n");
}

TEST_CASE("refusals of a managed registry go to stderr as well, not-found does not", "[answer]") {
  World world;
  test::registry_of(world.configuration).default_token.clear();
  const Answer refused = world.answer(kHost);
  CHECK(refused.exit_code == 1);
  CHECK(refused.also_stderr);
  CHECK(text_of(refused).find("'builder', 'puller'") != std::string::npos);
  const Answer not_found = world.answer("reg.azurecr.io/team/app");
  CHECK(not_found.exit_code == 1);
  CHECK_FALSE(not_found.also_stderr);
  CHECK(text_of(not_found) == std::string(protocol::kNotFound) + "\n");
}

TEST_CASE("stale makes the copy ask the store, at most once in five seconds", "[answer]") {
  World world;
  world.hold(make_record("puller"));
  world.clock.advance(10s);
  const Answer told = world.answer(kHost, "stale");
  CHECK(told.exit_code == 0);
  CHECK(text_of(told).empty());
  CHECK(text_of(world.finish(world.load(), found(make_record("puller", "pass-2")))).find("pass-2") !=
        std::string::npos);
  world.answer(kHost, "stale");
  CHECK(world.answer(kHost).exit_code == 0);  // read a moment ago
  CHECK(world.answer("ghcr.io", "stale").not_mine);
  CHECK(world.answer("reg.azurecr.io", "stale").exit_code == 0);
}

TEST_CASE("list names the keys that can be answered and asks no store", "[answer]") {
  World world;
  CHECK(text_of(world.answer("unused", "list")) == "{\"reg.azurecr.io\":\"puller\"}\n");
  CHECK(text_of(world.answer("", "list")) == "{\"reg.azurecr.io\":\"puller\"}\n");

  record::Record record = make_record("puller");
  record.current->username = "robot$1";
  world.hold(std::move(record));
  CHECK(text_of(world.answer("", "list")) == "{\"reg.azurecr.io\":\"robot$1\"}\n");

  world.clock.advance(1s);
  world.hold(test::make_not_ready("puller"));
  CHECK(text_of(world.answer("", "list")) == "{}\n");
}

TEST_CASE("list leaves out what this caller would be refused", "[answer]") {
  World world;
  world.permissions[name_of("puller")] = {{1001}, {}};
  CHECK(text_of(world.answer("", "list", test::plain_caller(2000))) == "{}\n");
  CHECK(text_of(world.answer("", "list", test::plain_caller(1001))) == "{\"reg.azurecr.io\":\"puller\"}\n");
}

}  // namespace
}  // namespace scoped::answer
