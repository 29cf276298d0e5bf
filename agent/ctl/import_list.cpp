#include "agent/ctl/import_list.h"

#include "agent/ctl/import_plan.h"
#include "agent/ctl/table.h"
#include "agent/ctl/token_view.h"

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

}  // namespace

Result<Exit> list_imports(const Run& run, const config::Registry& registry) {
  store::RecordStore* store = TRY(run.parts.store_of(registry.host));
  auto tokens = TRY(TRY(run.parts.control_of(registry.host))->list_tokens());
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
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
