#include "agent/ctl/commands.h"
#include "agent/ctl/list_answer.h"
#include "agent/ctl/run.h"
#include "agent/ctl/table.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/token_view.h"

#include <optional>
#include <set>

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {kRegistryFlag, kOutputFlag};

// Which tokens have a record: one look at the store instead of one for each token. Nothing where it cannot
// list.
std::optional<std::set<std::string>> tokens_with_record(store::RecordStore& store, const std::string& host) {
  const auto listed = store.list();
  if (!listed) return std::nullopt;
  std::set<std::string> names;
  for (const record::RecordName& name : *listed)
    if (name.registry == host) names.insert(name.token);
  return names;
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const auto store = run.parts.store_of(registry->host);
  const auto recorded = store ? tokens_with_record(**store, registry->host) : std::nullopt;
  ListAnswer answer(run, "tokens");
  const auto tell = [&](registry::TokenState token) {
    TokenView view{{registry->host, token.name}, std::move(token), nullptr, ""};
    store::LoadResult loaded = store::LoadResult::absent();
    if (store) {
      if (!recorded || recorded->contains(view.name.token)) loaded = (*store)->load(view.name);
      view.record = &loaded;
    } else {
      view.record_problem = store.error().line();
    }
    answer.add(
        view.name.token, [&view] { return token_json(view); }, [&] { return token_cells(view, run.now()); });
  };
  TRY(TRY(run.parts.control_of(registry->host))->each_token(tell));
  answer.end(Table({"TOKEN", "STATUS", "SCOPE MAP", "PASSWORD1", "PASSWORD2", "RECORD"}));
  return Exit::ok;
}

}  // namespace

const Command rows::token_list = {
    .words = "token list",
    .summary = "Show the tokens of a registry and what is known of their passwords",
    .about =
        R"(Lists every token of the registry, also those that nothing here looks after: its scope map, when
each of its two passwords ends, and the record in the store. 'none' under RECORD means that somebody
else keeps its passwords; 'scopedctl import HOST' says for each what bringing it in would do.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl token list

scopedctl token list --registry myregistry -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "status": "enabled",
#   "scope_map": "app-pull",
#   "slots": [{"slot": "password1", "created_at": "2026-01-02T03:04:05.1234567Z",
#              "expires_at": "2026-04-02T03:04:05.7654321Z"}],
#   "record": {"state": "ready", "generation": 1, "slot": "password1",
#              "expires_at": "2026-04-02T03:04:05.7654321Z"}}]})",
    .run = &run,
};

}  // namespace scoped::ctl
