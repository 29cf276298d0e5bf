#include "agent/ctl/commands.h"
#include "agent/ctl/gather.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/token_view.h"
#include "agent/ctl/token_write.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The token.",
     .required = true,
     .completes = Names::token},
    {.name = "scope-map",
     .value = "NAME",
     .help = "What it may do from now on.",
     .completes = Names::scope_map},
    {.name = "status",
     .value = "STATUS",
     .help = "'disabled' refuses every login until it is 'enabled' again; passwords stay.",
     .choices = "enabled|disabled"},
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (options.has("scope-map") || options.has("status")) return {};
  return fail(ErrorCode::invalid_input, "say what to change: '--scope-map' or '--status'");
}

// What differs; the status only where it was asked for, so that a disabled token stays disabled.
registry::TokenChange wanted_change(const Options& options, const registry::TokenState& token) {
  registry::TokenChange change;
  const auto scope_map = options.optional("scope-map");
  if (scope_map && *scope_map != token.scope_map) change.scope_map = scope_map;
  if (const auto status = options.optional("status"); status && (*status == "enabled") != token.enabled)
    change.enabled = *status == "enabled";
  return change;
}

void note_difference(const Run& run, const config::Registry& registry, const registry::TokenState& token) {
  const auto written = registry.tokens.find(token.name);
  if (written == registry.tokens.end() || written->second.scope_map.empty()) return;
  if (written->second.scope_map == token.scope_map) return;
  const config::Origin& origin = written->second.origin;
  run.console().line("scopedctl: note: " + origin.file + ":" + std::to_string(origin.line) +
                     " gives it scope map '" + written->second.scope_map +
                     "', by which the helper chooses: change it there too, or 'apply' sets it back");
}

Result<registry::TokenState> bring_about(const Run& run, const record::RecordName& name, bool& changed) {
  Gathered gathered = TRY(gather(run, name));
  if (!gathered.token) gathered.token = TRY(find_token(*gathered.control, name.token));
  const registry::TokenChange change = wanted_change(run.options, *gathered.token);
  changed = change.scope_map || change.enabled;
  if (!changed) return *gathered.token;
  if (change.scope_map) TRY(find_scope_map(*gathered.control, *change.scope_map));
  TRY(write_token(run, gathered, change));
  return gathered.control->get_token(name.token);
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  bool changed = false;
  const auto token = TRY_WITH(bring_about(run, name, changed), "update '" + name.display() + "'");
  note_difference(run, *registry, token);
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("status", token.enabled ? "enabled" : "disabled");
  document.set("scope_map", token.scope_map);
  document.set("changed", changed);
  run.answer(document, "token '" + name.display() + "' " + (changed ? "is now " : "was already ") +
                           (token.enabled ? "enabled" : "disabled") + ", with scope map '" + token.scope_map +
                           "'");
  return Exit::ok;
}

}  // namespace

const Command rows::token_update = {
    .words = "token update",
    .summary = "Give a token another scope map, or disable or enable it",
    .about =
        R"(Changes what is named and nothing else: unlike 'az acr token update', which enables a disabled token
whenever '--status' is left out, another scope map leaves a disabled token disabled.

A disabled token is refused at its next login; access that a client has been given already lasts up
to 75 minutes more, whatever other instructions say. Its passwords stay, and it is not rotated until
it is enabled.

For a token whose record is in the store the change is made under the record's claim, so that it
cannot meet a rotation half-way; a token is disabled at once even so.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl token update --name partner-token --status disabled

scopedctl token update -n cicd-token --scope-map cicd-scope -r myregistry -o json
# {"registry": "myregistry.azurecr.io", "token": "cicd-token", "status": "enabled",
#   "scope_map": "cicd-scope", "changed": true})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
