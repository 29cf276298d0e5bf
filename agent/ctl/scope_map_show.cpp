#include "agent/ctl/commands.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/run.h"
#include "agent/ctl/scope_map_view.h"
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
    kRegistryFlag,
    kOutputFlag,
};

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const auto map = TRY(find_scope_map(*TRY(run.parts.control_of(registry->host)), run.options.text("name")));
  run.answer(scope_map_json(map), scope_map_text(map));
  return Exit::ok;
}

}  // namespace

const Command rows::scope_map_show = {
    .words = "scope-map show",
    .summary = "Show what one scope map grants",
    .about = "Prints the scope map's repositories and, for each, the actions that its tokens may do there.",
    .flags = kFlags,
    .examples =
        R"(scopedctl scope-map show --name app-pull

scopedctl scope-map show -n app-pull -r myregistry -o json
# {"name": "app-pull", "description": "", "system_defined": false,
#   "repositories": {"myapp/api": ["content/read"]}, "actions": ["repositories/myapp/api/content/read"]})",
    .run = &run,
};

}  // namespace scoped::ctl
