#include "agent/ctl/commands.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/run.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/token_view.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The token.",
     .required = true,
     .completes = Names::token},
    kRegistryFlag,
    kOutputFlag,
};

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  registry::ControlPlane* control = TRY(run.parts.control_of(registry->host));
  registry::TokenState token = TRY(find_token(*control, name.token));
  TokenView view{name, std::move(token), nullptr, ""};
  store::LoadResult loaded;
  if (const auto store = run.parts.store_of(registry->host)) {
    loaded = (*store)->load(name);
    view.record = &loaded;
  } else {
    view.record_problem = store.error().line();
  }
  run.answer(token_json(view), token_text(view, run.now()));
  return Exit::ok;
}

}  // namespace

const Command rows::token_show = {
    .words = "token show",
    .summary = "Show one token: scope map, both passwords' times, record",
    .about =
        R"(Prints what the registry says of the token and what the record in the store says. Passwords are
never shown. What happens next to it is in 'scopedctl status HOST/TOKEN'.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl token show --name node-blue

scopedctl token show -n node-blue -r myregistry -o json
# {"registry": "myregistry.azurecr.io", "token": "node-blue", "status": "enabled", "scope_map": "app-pull",
#   "slots": [...], "record": {"state": "not_ready", "generation": 0}})",
    .run = &run,
};

}  // namespace scoped::ctl
