// Hooks: programs of the operator that are told of a promotion (deploy.d) or of trouble (fail.d), with
// certbot's manners. The agent writes down what happened and starts nothing; `scopedctl hooks run`, called by
// a timer, a path unit or a person, runs what is due and writes down how it went. Both files are in the state
// folder, so that nothing is lost or told twice after a reboot. Pure but for the reading and writing; no
// thread rule.
//
// A hook is an executable regular file whose name does not begin with '.' or end in '~'. In byte order. One
// whose name ends in ".required" holds the old slot until it has succeeded for the current password; any
// other failure is a warning.
#pragma once

#include "common/base/result.h"
#include "common/record/names.h"

#include <stdint.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace scoped::publish {

enum class Occasion { deploy, fail };
std::string_view folder_name(Occasion occasion);  // "deploy.d", "fail.d"

// The last one of each token and occasion counts.
struct HookEvent {
  int64_t number = 0;  // deploy: the generation; fail: grows by one with each
  std::string reason;  // fail: one line
};
using HookEvents = std::map<std::pair<record::RecordName, Occasion>, HookEvent>;

struct HookOutcome {
  int64_t number = 0;  // of the event that it was run for
  bool ok = false;
};
// By hook ("deploy.d/10-reload") and token.
using HookLedger = std::map<std::pair<std::string, record::RecordName>, HookOutcome>;

struct HookRun {
  std::string hook;  // "deploy.d/10-reload"
  record::RecordName token;
  Occasion occasion = Occasion::deploy;
  HookEvent event;
};

bool is_hook_name(std::string_view name);
bool is_required(std::string_view hook);

// What is to be run now: every hook that was not run for the last event, and each required one that failed.
// `hooks` are names with their folders; the order is that of bytes, all tokens of one hook together.
std::vector<HookRun> due_runs(const HookEvents& events, const HookLedger& ledger,
                              std::vector<std::string> hooks);

// The first required hook that has not succeeded for this generation.
std::optional<std::string> holding_hook(const HookLedger& ledger, const std::vector<std::string>& hooks,
                                        const record::RecordName& token, int64_t generation);

// --- the files -----------------------------------------------------------------------------------------

// A missing file is empty; corrupt where it is damaged.
Result<HookEvents> read_hook_events(const std::string& state_folder);
Result<> write_hook_events(const std::string& state_folder, const HookEvents& events);
Result<HookLedger> read_hook_ledger(const std::string& state_folder);
Result<> write_hook_ledger(const std::string& state_folder, const HookLedger& ledger);

// The hooks below the folder, "deploy.d/10-reload" each. A missing folder has none. denied: it, or a file in
// it, may be changed by somebody else than `self` and root.
Result<std::vector<std::string>> list_hooks(const std::string& hooks_folder, uid_t self);

}  // namespace scoped::publish
