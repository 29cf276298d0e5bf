#include "agent/ctl/claimed_write.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/confirm.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/slot_flags.h"
#include "agent/ctl/targets.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The token.",
     .required = true,
     .completes = Names::token},
    kPassword1Flag,
    kPassword2Flag,
    kForceFlag,
    kYesFlag,
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (!slots_asked(options).empty()) return {};
  return fail(ErrorCode::invalid_input, "say which password: '--password1', '--password2' or both");
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Those of the asked slots that hold a password.
std::vector<std::string> slots_to_delete(const Options& options, const registry::TokenState& token) {
  std::vector<std::string> slots;
  for (const std::string& slot : slots_asked(options))
    if (token.slot(slot) != nullptr) slots.push_back(slot);
  return slots;
}

Result<> must_be_free(const Run& run, const Gathered& gathered, const std::vector<std::string>& slots) {
  if (!gathered.found) {
    std::string what;
    for (const std::string& slot : slots)
      what += (what.empty() ? "" : " and ") + describe_slot(*gathered.token->slot(slot));
    return confirm(run, "Nobody here knows who uses " + what + "; it is deleted");
  }
  if (run.options.has("force")) return {};
  const auto time = TRY(run.registry_time(gathered.name.registry));
  for (const std::string& slot : slots)
    if (const auto use = use_of_slot(gathered.found->record, slot, time ? time->earliest : run.now()))
      return fail(ErrorCode::conflict,
                  slot + " is left alone: " + *use + "; '--force' deletes it all the same");
  return {};
}

// The list that is sent keeps what it names: what somebody generated meanwhile would be gone.
Result<> check_outcome(const Gathered& gathered, const std::vector<std::string>& slots) {
  const auto after = TRY_WITH(gathered.control->get_token(gathered.name.token), "it was sent; read it back");
  for (const registry::SlotState& before : gathered.token->slots) {
    const registry::SlotState* now = after.slot(before.name);
    const bool was_meant = is_among(slots, before.name);
    if (was_meant && now != nullptr && now->created_at == before.created_at)
      return fail(ErrorCode::unavailable, before.name + " is still there: look again in a moment");
    if (!was_meant && (now == nullptr || now->created_at != before.created_at))
      return fail(ErrorCode::conflict,
                  before.name + " was changed by somebody else at the same moment: look who uses it");
  }
  return {};
}

void forget(record::Record& record, const std::vector<std::string>& slots) {
  if (record.previous && is_among(slots, record.previous->password.slot)) record.previous.reset();
  if (record.external_slot && is_among(slots, *record.external_slot)) record.external_slot.reset();
}

Result<> remove(const Run& run, const Gathered& gathered, const std::vector<std::string>& slots) {
  registry::TokenChange change;
  change.keep.emplace();
  for (const registry::SlotState& slot : gathered.token->slots)
    if (!is_among(slots, slot.name)) change.keep->push_back(slot.name);
  const auto send = [&](const registry::Guard& guard) -> Result<> {
    TRY(gathered.control->update_token(gathered.name.token, change, guard));
    return {};
  };
  const auto settle = [&slots](record::Record& record) { forget(record, slots); };
  TRY(write_under_claim(TRY(claiming_of(run, gathered.name)), gathered, {send, settle}));
  return check_outcome(gathered, slots);
}

Result<std::vector<std::string>> bring_about(const Run& run, const record::RecordName& name) {
  Gathered gathered = TRY(gather(run, name));
  if (!gathered.token) gathered.token = TRY(find_token(*gathered.control, name.token));
  auto slots = slots_to_delete(run.options, *gathered.token);
  if (slots.empty()) return slots;
  TRY(must_be_free(run, gathered, slots));
  TRY(remove(run, gathered, slots));
  return slots;
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  const auto gone = TRY_WITH(bring_about(run, name), "delete a password of '" + name.display() + "'");
  std::string names;
  for (const std::string& slot : gone) names += (names.empty() ? "" : " and ") + slot;
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("deleted", json::Array(gone.begin(), gone.end()));
  run.answer(document, names.empty() ? "token '" + name.display() + "' has no such password"
                                     : names + " of token '" + name.display() + "' is deleted");
  return Exit::ok;
}

}  // namespace

const Command rows::credential_delete = {
    .words = "credential delete",
    .summary = "Remove one of a token's passwords",
    .about =
        R"(Empties a slot; the other one is left as it is. For a token whose record is in the store, the
password that clients are given now, or may still hold, and one that was handed to an outsider are
refused: the error says why and until when. With '--force' they go all the same; a token that loses
its current password so is given a new one by the agent, and pulls fail until then.

Of a token without a record nobody here knows who uses its passwords, so you are asked. This is how
the forgotten second password goes that 'az acr token create' makes and nobody keeps.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl credential delete --name production-pull-token --password1

scopedctl credential delete -n partner-token --password2 --yes -r myregistry -o json
# {"registry": "myregistry.azurecr.io", "token": "partner-token", "deleted": ["password2"]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
