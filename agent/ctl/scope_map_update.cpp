#include "agent/ctl/commands.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/run.h"
#include "agent/ctl/scope_map_create.h"
#include "agent/ctl/scope_map_view.h"
#include "agent/ctl/scope_map_write.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The scope map.",
     .required = true,
     .completes = Names::scope_map},
    {.name = "add-repository",
     .value = "REPOSITORY ACTION...",
     .help = "Allow these actions in a repository; may be given again for the next one.",
     .repeated = true,
     .completes = Names::repository},
    {.name = "remove-repository",
     .value = "REPOSITORY [ACTION...]",
     .help = "Take these actions in a repository away, or all of them; may be given again.",
     .repeated = true,
     .completes = Names::repository},
    {.name = "description", .value = "TEXT", .help = "What it is for, at most 256 characters."},
    kRegistryFlag,
    kOutputFlag,
};

Result<policy::GrantsChange> change_of(const Options& options) {
  return policy::parse_change(options.groups("add-repository"), options.groups("remove-repository"));
}

Result<> check(const Options& options) {
  if (!options.has("add-repository") && !options.has("remove-repository") && !options.has("description"))
    return fail(ErrorCode::invalid_input,
                "say what to change: '--add-repository', '--remove-repository' or '--description'");
  TRY(change_of(options));
  return check_description(options);
}

Result<std::optional<registry::ScopeMapChange>> wanted_change(const Options& options,
                                                              const registry::ScopeMapState& map) {
  registry::ScopeMapChange wanted;
  const auto description = options.optional("description");
  if (description && *description != map.description) wanted.description = description;
  auto actions = TRY(policy::apply_change(map.actions, TRY(change_of(options))));
  if (!policy::are_same(actions, map.actions)) wanted.actions = std::move(actions);
  if (!wanted.description && !wanted.actions) return std::optional<registry::ScopeMapChange>();
  return std::optional(std::move(wanted));
}

// The helper chooses by what the configuration says, and `apply` would set it back.
void note_difference(const Run& run, const config::Registry& registry, const registry::ScopeMapState& map) {
  const auto written = registry.scope_maps.find(map.name);
  if (written == registry.scope_maps.end()) return;
  if (policy::are_same(policy::actions_of(written->second.repositories), map.actions)) return;
  const config::Origin& origin = written->second.origin;
  run.console().line("scopedctl: note: " + origin.file + ":" + std::to_string(origin.line) +
                     " says otherwise for '" + map.name + "': change it there too, or 'apply' sets it back");
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  registry::ControlPlane& control = *TRY(run.parts.control_of(registry->host));
  const auto map = TRY(find_scope_map(control, run.options.text("name")));
  if (map.system_defined)
    return fail(ErrorCode::denied, "scope map '" + map.name + "' is the registry's own and stays as it is");
  const auto wanted = TRY(wanted_change(run.options, map));
  registry::ScopeMapState after = map;
  if (wanted) after = TRY(write_scope_map(control, map, *wanted));
  note_difference(run, *registry, after);
  json::Value document = scope_map_json(after);
  document.object()->set("changed", wanted.has_value());
  run.answer(document, "scope map '" + after.name + "' of '" + registry->host + "'" +
                           (wanted ? " is now: " : " was so already: ") + grants_line(after));
  return Exit::ok;
}

}  // namespace

const Command rows::scope_map_update = {
    .words = "scope-map update",
    .summary = "Change what a scope map grants, or its description",
    .about =
        R"(Adds and removes actions of single repositories and leaves the others as they are. Every token of the
scope map may do more or less from its next login on, without a new password; access that a client
has been given already lasts up to 75 minutes more.

The scope map is read, changed and written, since the registry compares nothing by itself. It is read
again just before and just after: if somebody else changed it meanwhile, that is an error which says
what holds now.)",
    .flags = kFlags,
    .examples =
        R"(# A new service, and an old one that is gone
scopedctl scope-map update --name cicd-scope --add-repository myapp/newservice content/write content/read
scopedctl scope-map update --name cicd-scope --remove-repository myapp/deprecated

scopedctl scope-map update -n cicd-scope --description "CI/CD pipeline" -r myregistry -o json
# {"name": "cicd-scope", "description": "CI/CD pipeline", "system_defined": false,
#   "repositories": {"myapp/api": ["content/read"]}, "actions": ["repositories/myapp/api/content/read"],
#   "changed": true})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
