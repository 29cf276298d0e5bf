#include "agent/ctl/commands.h"
#include "agent/ctl/confirm.h"
#include "agent/ctl/gather.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/token_write.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The token.",
     .required = true,
     .completes = Names::token},
    kYesFlag,
    kRegistryFlag,
    kOutputFlag,
};

// A run that was cut between the two, or a token that somebody else deleted.
Result<> remove_rest(const Gathered& gathered) {
  if (!gathered.found) {
    TRY(find_token(*gathered.control, gathered.name.token));
    return fail(ErrorCode::conflict, "somebody made it in this moment: run it again");
  }
  TRY_WITH(gathered.store->erase(gathered.name), "erase its record");
  return {};
}

std::string question(const Gathered& gathered) {
  std::string slots;
  for (const registry::SlotState& slot : gathered.live)
    slots += (slots.empty() ? "; it has " : " and ") + describe_slot(slot);
  return "Token '" + gathered.name.display() + "' is deleted for good" + slots;
}

Result<> bring_about(const Run& run, const record::RecordName& name) {
  const Gathered gathered = TRY(gather(run, name));
  if (!gathered.token) return remove_rest(gathered);
  TRY(confirm(run, question(gathered)));
  return remove_token(run, gathered);
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  TRY_WITH(bring_about(run, name), "delete '" + name.display() + "'");
  if (const auto written = registry->tokens.find(name.token); written != registry->tokens.end())
    run.console().line("scopedctl: note: it is still in " + written->second.origin.file + ":" +
                       std::to_string(written->second.origin.line));
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("deleted", true);
  run.answer(document, "token '" + name.display() + "' is deleted");
  return Exit::ok;
}

}  // namespace

const Command rows::token_delete = {
    .words = "token delete",
    .summary = "Remove a token, its passwords and its record",
    .about =
        R"(Whoever still uses one of its passwords is refused at the next login. 'scopedctl token update
--status disabled' does the same and can be taken back: try that first.

Its record in the store is erased too. A rotation that is under way holds the deletion up; the error
says until when.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl token delete --name partner-token

scopedctl token delete -n partner-token -r myregistry --yes -o json
# {"registry": "myregistry.azurecr.io", "token": "partner-token", "deleted": true})",
    .run = &run,
};

}  // namespace scoped::ctl
