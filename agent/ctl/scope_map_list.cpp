#include "agent/ctl/commands.h"
#include "agent/ctl/run.h"
#include "agent/ctl/scope_map_view.h"
#include "agent/ctl/table.h"
#include "agent/ctl/targets.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {kRegistryFlag, kOutputFlag};

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  auto maps = TRY(TRY(run.parts.control_of(registry->host))->list_scope_maps());
  std::sort(maps.begin(), maps.end(), [](const auto& a, const auto& b) {
    return std::tie(a.system_defined, a.name) < std::tie(b.system_defined, b.name);
  });
  Table table({"NAME", "MADE BY", "GRANTS", "DESCRIPTION"});
  json::Array documents;
  for (const registry::ScopeMapState& map : maps) {
    table.row(
        {map.name, map.system_defined ? "the registry" : "a person", grants_line(map), map.description});
    documents.push_back(scope_map_json(map));
  }
  json::Object document;
  document.set("scope_maps", std::move(documents));
  run.answer(document, table.text(run.width()));
  return Exit::ok;
}

}  // namespace

const Command rows::scope_map_list = {
    .words = "scope-map list",
    .summary = "Show the scope maps of a registry",
    .about =
        R"(Lists every scope map with what it grants. Those that the registry itself has made (their names
begin with '_repositories') cover all repositories: fine for an administrator, too wide for a
build or a cluster.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl scope-map list

scopedctl scope-map list --registry myregistry -o json
# {"scope_maps": [{"name": "app-pull", "description": "", "system_defined": false,
#   "repositories": {"myapp/api": ["content/read"]}, "actions": ["repositories/myapp/api/content/read"]}]})",
    .run = &run,
};

}  // namespace scoped::ctl
