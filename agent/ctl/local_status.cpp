#include "agent/ctl/local_status.h"

#include "agent/loop/status_json.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

rotate::TokenStatus unread(const record::RecordName& name, std::string problem) {
  rotate::TokenStatus status;
  status.name = name;
  status.problem = std::move(problem);
  return status;
}

using Listed = Result<std::vector<registry::TokenState>>;

// One call for all tokens, or one for the only one.
Listed list(registry::ControlPlane& control, const std::optional<std::string>& token) {
  if (!token) return control.list_tokens();
  auto state = control.get_token(*token);
  if (state) return std::vector{std::move(*state)};
  if (state.error().code() == ErrorCode::not_found) return std::vector<registry::TokenState>();
  return fail(std::move(state).error());
}

rotate::TokenStatus observe(const Run& run, const record::RecordName& name, const Listed& listed) {
  if (!listed) return unread(name, listed.error().line());
  auto session = run.parts.session_of(name, false);
  if (!session) return unread(name, session.error().line());
  const auto found = std::find_if(listed->begin(), listed->end(), [&name](const registry::TokenState& each) {
    return each.name == name.token;
  });
  session->turn(found == listed->end() ? nullptr : &*found);
  return session->status();
}

rotate::TokenStatus observe_record(const Run& run, const record::RecordName& name) {
  const auto store = run.parts.store_of(name.registry);
  if (!store) return unread(name, store.error().line());
  return status_of_record(name, (*store)->load(name));
}

Listed list_of(const Run& run, const std::string& host, const std::optional<std::string>& token) {
  return list(*TRY(run.parts.control_of(host)), token);
}

void add(rotate::TokenStatus& status, const record::Password& password, const char* role,
         std::optional<Instant> free_at = {}) {
  status.slots.push_back({password.slot, role, password.created_at, password.expires_at, free_at});
}

}  // namespace

rotate::TokenStatus status_of_record(const record::RecordName& name, const store::LoadResult& loaded) {
  if (loaded.state == store::LoadState::absent)
    return unread(name, "no record: it is imported where the registry's control plane is configured");
  if (!loaded.found)
    return unread(name, loaded.why ? loaded.why->line() : std::string(name_of(loaded.state)));
  const record::Record& record = loaded.found->record;
  rotate::TokenStatus status;
  status.name = name;
  status.read = true;
  status.ready = record.current.has_value();
  status.generation = record.generation;
  if (record.current) add(status, *record.current, "current");
  if (record.previous) add(status, record.previous->password, "previous", record.previous->free_at);
  if (record.pending && record.pending->generated) add(status, *record.pending->generated, "staged");
  std::sort(status.slots.begin(), status.slots.end(),
            [](const rotate::SlotStatus& a, const rotate::SlotStatus& b) { return a.slot < b.slot; });
  status.step = "wait";
  status.reason = "the registry is not managed here";
  return status;
}

json::Array observe_tokens(const Run& run, const config::Registry& registry,
                           const std::optional<std::string>& token) {
  const Listed listed = registry.control ? list_of(run, registry.host, token) : Listed();
  json::Array documents;
  for (const auto& [name, settings] : registry.tokens) {
    if (token && name != *token) continue;
    const record::RecordName full{registry.host, name};
    documents.push_back(
        loop::status_json(registry.control ? observe(run, full, listed) : observe_record(run, full)));
  }
  return documents;
}

}  // namespace scoped::ctl
