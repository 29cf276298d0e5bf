#include "agent/ctl/commands.h"
#include "agent/ctl/confirm.h"
#include "agent/ctl/missing.h"
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
    kYesFlag,
    kRegistryFlag,
    kOutputFlag,
};

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  registry::ControlPlane& control = *TRY(run.parts.control_of(registry->host));
  const auto map = TRY(find_scope_map(control, run.options.text("name")));
  if (map.system_defined)
    return fail(ErrorCode::denied, "scope map '" + map.name + "' is the registry's own and stays");
  TRY(must_be_unused(control, map.name));
  TRY(confirm(run, "Scope map '" + map.name + "' of '" + registry->host + "' is deleted"));
  TRY(remove_scope_map(control, map.name));
  if (const auto written = registry->scope_maps.find(map.name); written != registry->scope_maps.end())
    run.console().line("scopedctl: note: it is still in " + written->second.origin.file + ":" +
                       std::to_string(written->second.origin.line));
  json::Object document;
  document.set("name", map.name);
  document.set("deleted", true);
  run.answer(document, "scope map '" + map.name + "' of '" + registry->host + "' is deleted");
  return Exit::ok;
}

}  // namespace

const Command rows::scope_map_delete = {
    .words = "scope-map delete",
    .summary = "Remove a scope map that no token uses",
    .about =
        R"(A scope map that tokens use is not deleted: the error names them. Those of the registry itself
('_repositories...') stay.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl scope-map delete --name old-scope

scopedctl scope-map delete -n old-scope -r myregistry --yes -o json
# {"name": "old-scope", "deleted": true})",
    .run = &run,
};

}  // namespace scoped::ctl
