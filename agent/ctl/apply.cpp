#include "agent/ctl/apply_plan.h"
#include "agent/ctl/colour.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/confirm.h"
#include "agent/ctl/observe_registry.h"
#include "agent/ctl/targets.h"
#include "common/config/load.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "file",
     .letter = 'f',
     .value = "FILE",
     .help = "The scope maps and tokens that are wanted, in the configuration's grammar; without it the "
             "configuration itself.",
     .completes = Names::file},
    {.name = "dry-run", .help = "Only print the plan; exit 3 where something would change."},
    {.name = "prune", .help = "Delete the tokens and scope maps that are in no file, too."},
    kYesFlag,
    kRegistryFlag,
    kOutputFlag,
};
constexpr ExitNote kExits[] = {{Exit::findings, "with --dry-run: the registry is not as the file says"}};

// The file alone says what is wanted; where registry, identity and store are stays the configuration's.
Result<config::Config> wanted_of(const Run& run) {
  const auto file = run.options.optional("file");
  if (!file) return run.config;
  config::Loaded loaded =
      config::load_config({.explicit_file = *file}, run.around.environment, loop::catalog());
  for (const config::Problem& problem : loaded.problems) run.console().line(problem.display());
  if (!loaded.config) return fail(ErrorCode::configuration, "'" + *file + "' is not right; nothing was done");
  for (auto& [host, registry] : loaded.config->registries)
    if (!run.config.registries.contains(host))
      return fail(ErrorCode::configuration,
                  "registry '" + host + "' of '" + *file +
                      "' is not in the configuration, which says how to reach it: add "
                      "it there, or give all in one file with '--config'");
  return std::move(*loaded.config);
}

std::set<std::string> without_password(const Run& run, const policy::Observed& observed) {
  std::set<std::string> names;
  const auto store = run.parts.store_of(observed.written->host);
  if (!store) return names;
  for (const auto& [token, keeping] : observed.records) {
    const store::LoadResult loaded = (*store)->load({observed.written->host, token});
    if (loaded.found && !loaded.found->record.current) names.insert(token);
  }
  return names;
}

Result<Exit> apply(const Run& run, const config::Registry& wanted) {
  const policy::Observed observed = TRY(observe_registry(run, wanted, {.records = true}));
  const policy::Plan plan =
      TRY(policy::make_plan(observed, {run.options.has("prune"), without_password(run, observed)}));
  const bool dry = run.options.has("dry-run");
  json::Value document = policy::json_of(plan);
  document.object()->set("registry", wanted.host);
  for (const std::string& note : plan.notes) run.console().line("scopedctl: note: " + note);
  const std::string steps = policy::text_of(plan);
  const std::string text =
      (run.wants_colour() ? coloured_by_sign(steps) : steps) + wanted.host + ": " + policy::summary_of(plan);
  if (dry || plan.steps.empty()) {
    document.object()->set("applied", false);
    run.answer(document, text);
    return plan.steps.empty() ? Exit::ok : Exit::findings;
  }
  if (!run.options.wants_document()) run.console().print(text + "\n");
  TRY(confirm(run, "This is carried out"));
  TRY_WITH(carry_out(run, observed, plan), "apply to '" + wanted.host + "'");
  document.object()->set("applied", true);
  run.answer(document, "done");
  return Exit::ok;
}

Result<Exit> run(Run& run) {
  const config::Config wanted = TRY(wanted_of(run));
  const auto& asked = run.options.optional("registry");
  if (asked || wanted.registries.size() <= 1) return apply(run, *TRY(choose_registry(wanted, asked)));
  Exit exit = Exit::ok;
  for (const auto& [host, registry] : wanted.registries) {
    if (!run.config.registries.at(host).control) continue;  // nothing manages it here
    const Exit one = TRY(apply(run, registry));
    if (one != Exit::ok) exit = one;
  }
  return exit;
}

}  // namespace

const Command rows::apply = {
    .words = "apply",
    .summary = "Bring the registry's scope maps and tokens to what a file says",
    .about =
        R"(Compares "scope_maps" and "tokens" of the configuration, or of FILE, with the registry, prints what is
to be created, changed and deleted, and what each change means for whom, and after a 'y' or '--yes'
carries it out: scope maps first, then tokens, each with its first password in the store. What is in
the registry alone stays, unless '--prune' takes it away.

No living password is rotated or revoked, but of a token that '--prune' deletes. It may be run at any
time and as often as you like: what is done already is not done again, and what was interrupted is
brought to its end. In a pipeline, '--dry-run' with exit code 3 finds drift.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl apply --dry-run
scopedctl apply --yes
scopedctl apply -f registry-policy.json --prune

scopedctl apply --dry-run -o json
# {"steps": [{"act": "change", "kind": "scope_map", "name": "cicd-scope",
#   "meaning": ["cicd-token may no longer push to myapp/worker"]}], "create": 0, "change": 1, "delete": 0,
#   "keep": 7, "notes": [], "registry": "myregistry.azurecr.io", "applied": false})",
    .exits = kExits,
    .run = &run,
};

}  // namespace scoped::ctl
