#include "agent/ctl/import_list.h"

#include "agent/ctl/import_plan.h"
#include "agent/ctl/table.h"
#include "agent/ctl/token_view.h"
#include "agent/policy/grants.h"
#include "common/base/file.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

std::string what_import_would(const TokenView& view, const std::optional<TimeInterval>& time) {
  const bool is_known = view.record->found.has_value();
  if (!is_known && view.record->state != store::LoadState::absent) return "nothing: " + record_line(view);
  const record::Record* record = is_known ? &view.record->found->record : nullptr;
  if (record != nullptr && record->current) return "nothing: it is imported";
  ImportAsked asked;
  asked.can_ask = true;
  return describe_plan(plan_import(view.name, live_slots(view.state, time), record, asked));
}

// Those that the configuration does not have yet, as it would be written.
json::Object missing_tokens(const config::Registry& registry,
                            const std::vector<registry::TokenState>& tokens) {
  json::Object missing;
  for (const registry::TokenState& token : tokens) {
    if (registry.tokens.contains(token.name)) continue;
    json::Object settings;
    settings.set("scope_map", token.scope_map);
    missing.set(token.name, std::move(settings));
  }
  return missing;
}

// All of it as a configuration. Actions that its grammar does not have (a connected registry's) are left out.
json::Value whole_configuration(const std::string& host, const std::vector<registry::ScopeMapState>& maps,
                                const std::vector<registry::TokenState>& tokens) {
  json::Object scope_maps, named, registry, registries, document;
  for (const registry::ScopeMapState& map : maps) {
    if (map.system_defined) continue;
    json::Object repositories, object;
    for (const auto& [repository, actions] : policy::grants_of(map.actions))
      if (!actions.empty()) repositories.set(repository, json::Array(actions.begin(), actions.end()));
    if (!map.description.empty()) object.set("description", map.description);
    object.set("repositories", std::move(repositories));
    scope_maps.set(map.name, std::move(object));
  }
  for (const registry::TokenState& token : tokens) {
    json::Object settings;
    settings.set("scope_map", token.scope_map);
    named.set(token.name, std::move(settings));
  }
  registry.set("scope_maps", std::move(scope_maps));
  registry.set("tokens", std::move(named));
  registries.set(host, std::move(registry));
  document.set("registries", std::move(registries));
  return document;
}

Result<> write_configuration(const Run& run, const std::string& host,
                             const std::vector<registry::TokenState>& tokens) {
  const auto file = run.options.optional("write");
  if (!file) return {};
  auto maps = TRY(TRY(run.parts.control_of(host))->list_scope_maps());
  std::sort(maps.begin(), maps.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const json::Value document = whole_configuration(host, maps, tokens);
  TRY_WITH(create_file_atomically(*file, json::dump_pretty(document) + "\n", 0644), "'--write'");
  run.console().line("scopedctl: " + std::to_string(tokens.size()) + " tokens and the scope maps are in '" +
                     *file + "': put them into registry '" + host +
                     "' of the configuration, then import each token");
  return {};
}

}  // namespace

Result<Exit> list_imports(const Run& run, const config::Registry& registry) {
  store::RecordStore* store = TRY(run.parts.store_of(registry.host));
  auto tokens = TRY(TRY(run.parts.control_of(registry.host))->list_tokens());
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  TRY(write_configuration(run, registry.host, tokens));
  const auto time = TRY(run.registry_time(registry.host));
  Table table({"TOKEN", "STATUS", "SCOPE MAP", "PASSWORD1", "PASSWORD2", "RECORD", "IMPORT"});
  json::Array documents;
  for (const registry::TokenState& token : tokens) {
    const record::RecordName name{registry.host, token.name};
    const store::LoadResult loaded = store->load(name);
    const TokenView view{name, token, &loaded, ""};
    const std::string would = what_import_would(view, time);
    auto cells = token_cells(view, run.now());
    cells.push_back(would);
    table.row(std::move(cells));
    json::Value document = token_json(view);
    document.object()->set("import", would);
    documents.push_back(std::move(document));
  }
  json::Object document, configuration;
  const json::Object missing = missing_tokens(registry, tokens);
  std::string text = table.text();
  configuration.set("tokens", missing);
  if (!missing.empty())
    text += "\nNot in the configuration; put into registry '" + registry.host +
            "' what you want to import:\n" + json::dump_pretty(configuration) + "\n";
  document.set("tokens", std::move(documents));
  document.set("configuration", std::move(configuration));
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace scoped::ctl
