#include "agent/ctl/observe_registry.h"

#include "agent/ctl/logs.h"
#include "agent/ctl/slots.h"
#include "agent/registry/catalog.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

policy::Keeping keeping_of(const record::Record& record) {
  policy::Keeping keeping;
  if (record.current) keeping.known.insert(record.current->created_at);
  if (record.previous) keeping.known.insert(record.previous->password.created_at);
  if (record.pending && record.pending->generated)
    keeping.known.insert(record.pending->generated->created_at);
  keeping.external_slot = record.external_slot.value_or("");
  return keeping;
}

Result<> add_records(const Run& run, policy::Observed& observed) {
  store::RecordStore& store = *TRY(run.parts.store_of(observed.written->host));
  for (const registry::TokenState& token : observed.tokens) {
    const auto found = TRY(load_record(store, {observed.written->host, token.name}));
    if (found) observed.records[token.name] = keeping_of(found->record);
  }
  return {};
}

// Where no log is configured there is none to judge by; one that cannot be read is told.
void add_usage(const Run& run, policy::Observed& observed) {
  if (!observed.written->control || !observed.written->control->has("workspace")) return;
  const auto logs = logs_of(run, *observed.written);
  auto usage = logs ? usage_of(*logs, *observed.written) : Result<policy::Usage>(fail(logs.error()));
  if (usage)
    observed.usage = std::move(*usage);
  else
    run.console().line("scopedctl: note: " + usage.error().line());
}

template <typename T>
void sort_by_name(std::vector<T>& objects) {
  std::sort(objects.begin(), objects.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

}  // namespace

Result<std::vector<std::string>> repositories_of(const Run& run, const config::Registry& registry) {
  net::Transport& transport = *TRY(run.parts.transport());
  return registry::list_repositories(registry, transport,
                                     TRY(run.parts.control_of(registry.host))->identity());
}

Result<policy::Observed> observe_registry(const Run& run, const config::Registry& registry,
                                          const Wanted& wanted) {
  registry::ControlPlane& control = *TRY(run.parts.control_of(registry.host));
  policy::Observed observed;
  observed.written = &registry;
  observed.scope_maps = TRY(control.list_scope_maps());
  observed.tokens = TRY(control.list_tokens());
  sort_by_name(observed.scope_maps);
  sort_by_name(observed.tokens);
  const auto time = TRY(run.registry_time(registry.host));
  observed.now = time ? time->latest : run.now();
  if (wanted.registry) observed.registry = TRY(control.get_registry());
  if (wanted.records) TRY(add_records(run, observed));
  if (wanted.usage) add_usage(run, observed);
  if (!wanted.repositories) return observed;
  const auto names = repositories_of(run, registry);
  if (names)
    observed.repositories.emplace(names->begin(), names->end());
  else
    run.console().line("scopedctl: note: " + names.error().line());
  return observed;
}

}  // namespace scoped::ctl
