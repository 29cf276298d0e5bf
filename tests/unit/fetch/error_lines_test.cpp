// Every kind of line with which the helper fails without an agent, as a person reads it: one line that says
// what was tried and what to do next, and no secret. Not tested here: lines of saved logins
// (tests/unit/answer) and of the front (tests/unit/front).
#include "common/protocol/texts.h"
#include "helper/fetch/fetch.h"
#include "helper/fetch/local.h"
#include "helper/fetch/start.h"
#include "tests/unit/fetch/world.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace scoped::fetch {
namespace {

constexpr const char* kCanary = "pass-canary";

struct World : test::Home {
  RealClock clock;
  std::string verb = "get";
  std::string input = "reg.azurecr.io";
  std::string profile;

  std::string records() const { return folder / "state/scoped/records"; }
  std::string record_file(const std::string& token) const {
    return records() + "/reg.azurecr.io/" + token + ".rec";
  }
  std::string key_file() const { return folder / "state/scoped/records.key"; }
  void make_records() {
    for (const char* token : {"puller", "builder"}) make_record(token, kCanary);
  }
  // Saves a record as `change` leaves it.
  void keep(const std::string& token, const std::function<void(record::Record&)>& change) {
    make_records();
    const auto store = store::open_sealed_file({records(), key_file()}, random);
    record::Record record = test::make_record(token, kCanary);
    record.generation = 2;
    change(record);
    const auto before = (*store)->load(record.name());
    REQUIRE((*store)->save(record.name(), record, before.found->revision));
  }
  // What is printed, with this test's folder as DIR.
  std::string line() {
    broker::Handover handover;
    handover.verb = verb;
    handover.profile = profile;
    const FixedEnvironment now = environment();
    const answer::Answer answer = fetch(handover, Secret(input), {now, clock, random});
    std::string text(answer.text.reveal());
    for (size_t at = 0; (at = text.find(folder.path())) != std::string::npos;)
      text.replace(at, folder.path().size(), "DIR");
    return text;
  }
};

struct Row {
  const char* what;
  void (*arrange)(World&);
  const char* line;
};

const Row kRows[] = {
    {"an empty key", [](World& world) { world.input = " "; }, "no credentials server URL"},
    {"a line of 64 KiB", [](World& world) { world.input = std::string(protocol::kLongestLine, 'x'); },
     "bufio.Scanner: token too long"},
    {"a store of no JSON",
     [](World& world) {
       world.verb = "store";
       world.input = kCanary;
     },
     "not a JSON object with ServerURL, Username and Secret"},
    {"a store without a user name",
     [](World& world) {
       world.verb = "store";
       world.input = R"({"ServerURL":"reg.azurecr.io","Secret":"pass-canary"})";
     },
     "no credentials username"},
    {"a login for a managed registry",
     [](World& world) {
       world.make_records();
       world.verb = "store";
       world.input = R"({"ServerURL":"reg.azurecr.io","Username":"admin","Secret":"pass-canary"})";
     },
     "'reg.azurecr.io' is managed by scoped tokens, so this login is not saved: run 'scopedctl import "
     "reg.azurecr.io' for a password of one of them, or 'docker --config DIR login' for another account"},
    {"a configuration with mistakes",
     [](World& world) { world.configure("{\n \"registries\": {},\n \"wrong\": 1,\n \"worse\": 2\n}"); },
     "configuration: DIR/config.json:3: unknown key 'wrong': known are 'registries', 'profiles', 'stores', "
     "'identities', 'publishers', 'agent', 'copies' (and 1 more): run 'scopedctl status'"},
    {"an 'allow' with an unknown user",
     [](World& world) {
       world.configure(
           R"({"registries":{"reg.azurecr.io":{"tokens":{"puller":{"allow":{"users":["no-one-here"]}}}}}})");
     },
     "configuration: DIR/config.json:1: token 'puller': 'allow' names unknown user 'no-one-here': correct "
     "it, or "
     "add that user to this machine"},
    {"a configuration that others may write",
     [](World& world) { chmod((world.folder / "config.json").c_str(), 0666); },
     "configuration: DIR/config.json: its group or others may write it: run 'chmod go-w' on it: run "
     "'scopedctl "
     "status'"},
    {"a store that was never made", [](World&) {},
     "'reg.azurecr.io': store 'default': 'DIR/state/scoped/records' is not initialised: run 'scopedctl "
     "init'"},
    {"a store without its key",
     [](World& world) {
       world.make_records();
       std::filesystem::remove(world.key_file());
     },
     "'reg.azurecr.io': store 'default': key file 'DIR/state/scoped/records.key' is missing: put it back, "
     "since "
     "nothing else opens what it sealed"},
    {"a key that others may read",
     [](World& world) {
       world.make_records();
       chmod(world.key_file().c_str(), 0644);
     },
     "'reg.azurecr.io': store 'default': key file: 'DIR/state/scoped/records.key' may be read by others: run "
     "'chmod 600' on it"},
    {"a key file with something else in it",
     [](World& world) {
       world.make_records();
       test::spill(world.key_file(), kCanary);
     },
     "'reg.azurecr.io': store 'default': key file 'DIR/state/scoped/records.key' holds no key (a sealing key "
     "is 64 "
     "hex digits on one line, this text has 11 characters): put the right one back"},
    {"a token without a record",
     [](World& world) {
       world.make_records();
       std::filesystem::remove(world.record_file("puller"));
     },
     "'reg.azurecr.io/puller': it has no record: run 'scopedctl import reg.azurecr.io puller'"},
    {"a damaged record",
     [](World& world) {
       world.make_records();
       test::spill(world.record_file("puller"), "damaged");
     },
     "'reg.azurecr.io/puller': record file 'DIR/state/scoped/records/reg.azurecr.io/puller.rec': it is not a "
     "sealed "
     "record, or cut: restore it, or run 'scopedctl import reg.azurecr.io puller'"},
    {"a record of another token",
     [](World& world) {
       world.make_records();
       std::filesystem::copy_file(world.record_file("builder"), world.record_file("puller"),
                                  std::filesystem::copy_options::overwrite_existing);
     },
     "'reg.azurecr.io/puller': record file 'DIR/state/scoped/records/reg.azurecr.io/puller.rec': it is the "
     "record of "
     "'reg.azurecr.io/builder', renamed: restore it, or run 'scopedctl import reg.azurecr.io puller'"},
    {"a token without a password yet",
     [](World& world) {
       world.keep("puller", [](record::Record& record) {
         record = test::make_not_ready("puller");
         record.generation = 2;
       });
     },
     "'reg.azurecr.io/puller': it has no password yet: the agent makes one, see 'scopedctl status'"},
    {"a password that has lapsed",
     [](World& world) {
       world.keep("puller", [](record::Record& record) {
         record.current->created_at = test::at("2020-01-01T00:00:00Z");
         record.current->expires_at = test::at("2020-04-01T00:00:00Z");
       });
     },
     "'reg.azurecr.io/puller': its password expired at 2020-04-01T00:00:00Z and was not rotated: see "
     "'scopedctl "
     "status'"},
    {"a profile that is unknown", [](World& world) { world.profile = "nobody"; },
     "'reg.azurecr.io': there is no profile 'nobody' in the configuration: use 'ci' or none"},
    {"two tokens and no default",
     [](World& world) {
       world.configure(R"({"registries":{"reg.azurecr.io":{"tokens":{"puller":{},"builder":{}}}}})");
     },
     "'reg.azurecr.io': more than one token fits ('builder', 'puller'): choose one with a profile "
     "($SCOPED_PROFILE) or set 'default_token'"},
    {"a registry without tokens",
     [](World& world) { world.configure(R"({"registries":{"reg.azurecr.io":{}}})"); },
     "'reg.azurecr.io': the configuration names no token of it: run 'scopedctl import reg.azurecr.io'"},
};

bool is_plain(const std::string& line) {
  return !line.empty() && std::none_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

TEST_CASE("each failure is one line that says what to do next", "[fetch]") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    World world;
    row.arrange(world);
    const std::string printed = world.line();
    CHECK(printed == row.line + std::string("\n"));
    CHECK(is_plain(printed.substr(0, printed.size() - 1)));
    CHECK(printed.find(kCanary) == std::string::npos);
  }
}

TEST_CASE("a failure that only an agent can mend names what is missing", "[fetch]") {
  using broker::Heard;
  // The first and the third as SERVING 7.2 gives them.
  CHECK(needs_agent("reg.io", Heard::forbidden, "docker") ==
        "'reg.io' is served by scoped-agent; you are not in group 'docker'");
  CHECK(needs_agent("reg.io", Heard::no_answer, "") == "'reg.io' needs scoped-agent, which does not answer");
  CHECK(needs_agent("reg.io", Heard::absent, "") == "'reg.io' needs scoped-agent, which is not running");
}

TEST_CASE("a wrong start is one line that says what to start instead", "[fetch]") {
  CHECK(read_start({"scoped-fetch"}).text == "scoped-fetch needs a verb: get, store, erase or list\n");
  CHECK(read_start({"scoped-fetch", "get", "--loud"}).text ==
        "scoped-fetch is started by the helper: '--loud' is not an argument that it knows here: run "
        "'docker-credential-scoped'\n");
  CHECK(read_start({"docker-credential-scoped"}).text ==
        "Usage: docker-credential-scoped <store|get|erase|list|version>\n");
}

}  // namespace
}  // namespace scoped::fetch
