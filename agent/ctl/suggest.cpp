#include "agent/policy/suggest.h"

#include "agent/ctl/colour.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/days_flag.h"
#include "agent/ctl/logs.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/observe_registry.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/times.h"
#include "common/base/file.h"

namespace scoped::ctl {
namespace {

constexpr int kUsualDays = 30;

constexpr Flag kFlags[] = {
    kDaysFlag,
    {.name = "write",
     .value = "FILE",
     .help = "Write the narrowed scope maps to this new file, for 'scopedctl apply -f FILE'."},
    kRegistryFlag,
    kOutputFlag,
};
constexpr ExitNote kExits[] = {{Exit::findings, "some scope map is wider than its use"}};

Result<> check(const Options& options) {
  TRY(days_asked(options, kUsualDays));
  return {};
}

std::string reach_of(const policy::Usage& usage, int days, Instant now) {
  const std::string since = format_for_people(usage.since);
  if (now - usage.since >= std::chrono::hours(24 * days))
    return "looked at the last " + std::to_string(days) + " days; the log reaches back to " + since;
  return "the log reaches back to " + since + " only (" + relative(usage.since, now) +
         "): what is needed less often than that has not been seen";
}

std::string text_of(const policy::Suggestions& suggestions) {
  std::string text;
  for (const policy::Suggestion& each : suggestions.all) text += policy::text_of(each) + "\n";
  if (!suggestions.idle.empty())
    text += "not seen at all, and left as they are: " + name_list(suggestions.idle) + "\n";
  return text;
}

bool is_wider(const policy::Suggestions& suggestions) {
  for (const policy::Suggestion& each : suggestions.all)
    if (each.changes) return true;
  return false;
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const int days = TRY(days_asked(run.options, kUsualDays));
  const registry::Logs logs = TRY(logs_of(run, *registry));
  const policy::Observed observed = TRY(observe_registry(run, *registry, {.registry = true}));
  const policy::Usage usage = TRY(usage_of(logs, *registry));
  const auto suggestions = policy::suggest(observed, TRY(uses_of(logs, observed.registry.name, days)));
  json::Value document = policy::json_of(suggestions);
  const json::Value configuration = policy::configuration_of(registry->host, observed, suggestions);
  document.object()->set("since", format_rfc3339(usage.since));
  document.object()->set("days", days);
  document.object()->set("configuration", configuration);
  if (const auto file = run.options.optional("write"))
    TRY_WITH(create_file_atomically(*file, json::dump_pretty(configuration) + "\n", 0644), "'--write'");
  const std::string text = text_of(suggestions);
  run.answer(document,
             (run.wants_colour() ? coloured_by_sign(text) : text) + reach_of(usage, days, observed.now));
  return is_wider(suggestions) ? Exit::findings : Exit::ok;
}

}  // namespace

const Command rows::suggest = {
    .words = "suggest",
    .summary = "Narrow scope maps to what was used, with the evidence",
    .about =
        R"(Compares what each scope map grants with what its tokens have done in the last days, by the log of
pushes and pulls ('scopedctl events' says how it is read), and prints for each action when it was
last used, or with '-' that it was not and would be cut. A wildcard becomes the repositories that
were used. For the admin account it says what each of its clients would need as a token.

What was seen used is never cut. Reading and changing metadata leaves no trace in the log and is kept
where the repository is used. It says how far back the log reaches: what happens once a year has to
be added by hand. 'scopedctl apply -f FILE' carries it out, after you have read it.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl suggest
scopedctl suggest --days 90 --write narrower.json

scopedctl suggest --registry myregistry -o json
# {"suggestions": [{"scope_map": "cicd-scope", "who": "cicd-token", "changes": true,
#   "repositories": {"myapp/api": ["content/read"]}, "evidence": [{"repository": "myapp/api",
#   "action": "content/write", "cut": true, "why": "not used"}], "note": ""}], "idle": [],
#   "since": "2026-01-30T08:00:00Z", "days": 30, "configuration": {"registries": {...}}})",
    .exits = kExits,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
