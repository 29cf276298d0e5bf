#include "agent/publish/hooks.h"

#include <algorithm>

namespace scoped::publish {
namespace {

constexpr std::string_view kRequired = ".required";

Occasion occasion_of(std::string_view hook) {
  return hook.starts_with(folder_name(Occasion::fail)) ? Occasion::fail : Occasion::deploy;
}

bool is_due(const HookEvent& event, const HookLedger& ledger, const std::string& hook,
            const record::RecordName& token) {
  const auto done = ledger.find({hook, token});
  if (done == ledger.end() || done->second.number < event.number) return true;
  return !done->second.ok && is_required(hook);
}

}  // namespace

std::string_view folder_name(Occasion occasion) {
  return occasion == Occasion::deploy ? "deploy.d" : "fail.d";
}

bool is_hook_name(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.ends_with('~');
}

bool is_required(std::string_view hook) {
  return hook.ends_with(kRequired) && occasion_of(hook) == Occasion::deploy;
}

std::vector<HookRun> due_runs(const HookEvents& events, const HookLedger& ledger,
                              std::vector<std::string> hooks) {
  std::sort(hooks.begin(), hooks.end());
  std::vector<HookRun> runs;
  for (const std::string& hook : hooks)
    for (const auto& [what, event] : events)
      if (what.second == occasion_of(hook) && is_due(event, ledger, hook, what.first))
        runs.push_back({hook, what.first, what.second, event});
  return runs;
}

std::optional<std::string> holding_hook(const HookLedger& ledger, const std::vector<std::string>& hooks,
                                        const record::RecordName& token, int64_t generation) {
  for (const std::string& hook : hooks) {
    if (!is_required(hook)) continue;
    const auto done = ledger.find({hook, token});
    if (done == ledger.end() || done->second.number < generation || !done->second.ok) return hook;
  }
  return std::nullopt;
}

}  // namespace scoped::publish
