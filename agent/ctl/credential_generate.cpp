#include "agent/ctl/commands.h"
#include "agent/ctl/gather.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name", .letter = 'n', .value = "NAME", .help = "The token.", .required = true},
    kRegistryFlag,
    kOutputFlag,
};

Result<json::Value> generate(const Run& run, const record::RecordName& name) {
  Rotator rotator = TRY(Rotator::find(run, name));
  const Gathered gathered = TRY(gather(run, name));
  switch (TRY(plan_generation(name, gathered.facts()))) {
    case Generation::rotate:
      return rotator.carry_out(rotate::Asked::rotation);
    case Generation::adopt:
      TRY(save_not_ready(gathered, record::kPassword2));
      break;
    case Generation::first:
      break;
  }
  return rotator.make_ready();
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  TRY(must_be_configured(*registry, name.token, ""));
  json::Value token = TRY_WITH(generate(run, name), "generate for '" + name.display() + "'");
  const std::string text = "token '" + name.display() + "': " + outcome_of(token, run.now());
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

const Command rows::credential_generate = {
    .words = "credential generate",
    .summary = "Make a new password for a token, into the store",
    .about =
        R"(For a token that has its password in the store this is 'scopedctl rotate' under the name that az
gives it; for one that has none yet it is the first. The slot and the expiry follow from the record
and from the configuration's "rotation", so az's --password1, --password2 and --expiration have no
counterpart: the slot that clients use now is never overwritten. The password is not shown.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl credential generate --name node-blue

scopedctl credential generate --name node-blue --registry myregistry -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 2, ...}]})",
    .run = &run,
};

}  // namespace scoped::ctl
