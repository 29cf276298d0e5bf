// Not tested here: that the rotation waits (tests/unit/rotate), the agent and scopedctl
// (tests/integration/hooks.py).
#include "agent/publish/hooks.h"

#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::test;

namespace {

const record::RecordName kBlue{"r.io", "blue"};
const record::RecordName kGreen{"r.io", "green"};

std::vector<std::string> names(const std::vector<HookRun>& runs) {
  std::vector<std::string> list;
  for (const HookRun& run : runs) list.push_back(run.hook + " " + run.token.token);
  return list;
}

void make(const std::string& path, mode_t mode) { REQUIRE(write_file_atomically(path, "#!/bin/sh\n", mode)); }

}  // namespace

TEST_CASE("hooks run in byte order, for every token of their occasion", "[publish]") {
  const HookEvents events = {{{kBlue, Occasion::deploy}, {3, ""}},
                             {{kGreen, Occasion::deploy}, {1, ""}},
                             {{kGreen, Occasion::fail}, {1, "no record"}}};
  CHECK(names(due_runs(events, {}, {"deploy.d/b", "fail.d/a", "deploy.d/B", "deploy.d/10"})) ==
        std::vector<std::string>{"deploy.d/10 blue", "deploy.d/10 green", "deploy.d/B blue",
                                 "deploy.d/B green", "deploy.d/b blue", "deploy.d/b green",
                                 "fail.d/a green"});
}

TEST_CASE("a hook runs once for each promotion", "[publish]") {
  const HookEvents events = {{{kBlue, Occasion::deploy}, {3, ""}}};
  HookLedger ledger = {{{"deploy.d/a", kBlue}, {2, true}}};
  CHECK(due_runs(events, ledger, {"deploy.d/a"}).size() == 1);
  ledger[{"deploy.d/a", kBlue}] = {3, true};
  CHECK(due_runs(events, ledger, {"deploy.d/a"}).empty());
}

TEST_CASE("a hook that failed is run again only where it is required", "[publish]") {
  const HookEvents events = {{{kBlue, Occasion::deploy}, {3, ""}}, {{kBlue, Occasion::fail}, {1, "x"}}};
  const HookLedger ledger = {{{"deploy.d/a", kBlue}, {3, false}},
                             {{"deploy.d/b.required", kBlue}, {3, false}},
                             {{"fail.d/c.required", kBlue}, {1, false}}};
  CHECK(names(due_runs(events, ledger, {"deploy.d/a", "deploy.d/b.required", "fail.d/c.required"})) ==
        std::vector<std::string>{"deploy.d/b.required blue"});
}

TEST_CASE("a required hook holds the slot until it has succeeded for the current password", "[publish]") {
  const std::vector<std::string> hooks = {"deploy.d/a", "deploy.d/b.required"};
  HookLedger ledger;
  CHECK(holding_hook(ledger, hooks, kBlue, 3) == "deploy.d/b.required");
  ledger[{"deploy.d/b.required", kBlue}] = {3, false};
  CHECK(holding_hook(ledger, hooks, kBlue, 3) == "deploy.d/b.required");
  ledger[{"deploy.d/b.required", kBlue}] = {2, true};
  CHECK(holding_hook(ledger, hooks, kBlue, 3) == "deploy.d/b.required");
  ledger[{"deploy.d/b.required", kBlue}] = {3, true};
  CHECK_FALSE(holding_hook(ledger, hooks, kBlue, 3));
  CHECK(holding_hook(ledger, hooks, kGreen, 1) == "deploy.d/b.required");
  CHECK_FALSE(holding_hook({}, {"deploy.d/a"}, kBlue, 3));
}

TEST_CASE("events and ledger survive being written and read", "[publish]") {
  const TemporaryFolder folder;
  CHECK(read_hook_events(folder.path())->empty());
  CHECK(read_hook_ledger(folder.path())->empty());
  const HookEvents events = {{{kBlue, Occasion::deploy}, {3, ""}},
                             {{kBlue, Occasion::fail}, {2, "a \"line\""}}};
  const HookLedger ledger = {{{"deploy.d/a", kBlue}, {3, true}}, {{"fail.d/a", kGreen}, {1, false}}};
  REQUIRE(write_hook_events(folder.path(), events));
  REQUIRE(write_hook_ledger(folder.path(), ledger));
  const auto read = read_hook_events(folder.path());
  REQUIRE(read);
  CHECK(read->size() == 2);
  CHECK(read->at({kBlue, Occasion::fail}).reason == "a \"line\"");
  CHECK(read->at({kBlue, Occasion::deploy}).number == 3);
  const auto done = read_hook_ledger(folder.path());
  REQUIRE(done);
  CHECK(done->at({"deploy.d/a", kBlue}).ok);
  CHECK(done->at({"fail.d/a", kGreen}).number == 1);
}

TEST_CASE("a damaged file is told and not taken for an empty one", "[publish]") {
  const TemporaryFolder folder;
  for (const char* text : {"", "{", "[]", "{}", R"({"list": 1})", R"({"list": [1]})", R"({"list": [{}]})",
                           R"({"list": [{"registry": "r", "token": "t", "occasion": "x", "number": 1}]})"}) {
    INFO(text);
    REQUIRE(write_file_atomically(folder.path() + "/hook-events.json", text, 0600));
    CHECK_FALSE(read_hook_events(folder.path()));
    REQUIRE(write_file_atomically(folder.path() + "/hook-ledger.json", text, 0600));
    CHECK_FALSE(read_hook_ledger(folder.path()));
  }
}

TEST_CASE("hooks are the executable files of their folders", "[publish]") {
  const TemporaryFolder folder;
  CHECK(list_hooks(folder.path() + "/none", geteuid())->empty());
  for (const char* sub : {"/deploy.d", "/fail.d", "/deploy.d/folder"})
    REQUIRE(make_folders(folder.path() + sub, 0755));
  make(folder.path() + "/deploy.d/10-a", 0755);
  make(folder.path() + "/deploy.d/10-a~", 0755);
  make(folder.path() + "/deploy.d/.hidden", 0755);
  make(folder.path() + "/deploy.d/README", 0644);
  make(folder.path() + "/fail.d/mail", 0700);
  CHECK(list_hooks(folder.path(), geteuid()) == std::vector<std::string>{"deploy.d/10-a", "fail.d/mail"});
}

TEST_CASE("nothing is run that others may change", "[publish]") {
  const TemporaryFolder folder;
  REQUIRE(make_folders(folder.path() + "/deploy.d", 0755));
  make(folder.path() + "/deploy.d/a", 0775);
  const auto file = list_hooks(folder.path(), geteuid());
  REQUIRE_FALSE(file);
  CHECK(file.error().line().find("/deploy.d/a' may be changed by others") != std::string::npos);
  make(folder.path() + "/deploy.d/a", 0755);
  REQUIRE(chmod((folder.path() + "/deploy.d").c_str(), 0777) == 0);
  CHECK_FALSE(list_hooks(folder.path(), geteuid()));
}
