#include "agent/ctl/commands.h"
#include "agent/ctl/direct_generate.h"
#include "agent/ctl/expiry_flags.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/secret_output.h"
#include "agent/ctl/slot_flags.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

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
    kExpirationFlag,
    kExpirationInDaysFlag,
    kForceFlag,
    kShowSecretFlag,
    kOutputFileFlag,
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (slots_asked(options).size() > 1)
    return fail(ErrorCode::invalid_input,
                "give '--password1' or '--password2': whoever generates both at once has no pull that works");
  TRY(check_expiry(options));
  return check_secret_output(options);
}

std::string slot_asked(const Options& options) {
  const auto slots = slots_asked(options);
  return slots.empty() ? "" : slots.front();
}

// --- a token whose record is in the store: the rotation does it --------------------------------------------

// Why the named slot is not to be generated over; nothing where none is named, or nobody needs it.
Result<std::optional<std::string>> use_of_asked(const Run& run, const Gathered& gathered) {
  const std::string slot = slot_asked(run.options);
  if (slot.empty() || !gathered.found || !gathered.found->record.current) return std::optional<std::string>();
  const auto time = TRY(run.registry_time(gathered.name.registry));
  return use_of_slot(gathered.found->record, slot, time ? time->earliest : run.now());
}

Result<> check_managed(const Run& run, const Gathered& gathered) {
  if (run.options.has("expiration") || run.options.has("expiration-in-days"))
    return fail(ErrorCode::invalid_input,
                "the expiry of its passwords follows from \"rotation\": {\"lifetime\"} in the configuration");
  const auto use = TRY(use_of_asked(run, gathered));
  if (!use) return {};
  return fail(ErrorCode::conflict, slot_asked(run.options) + " is left alone: " + *use +
                                       "; '--force' generates over it all the same");
}

// Over a password that somebody uses: they fail until they ask again, which is what --force says.
Result<> overwrite(const Run& run, const Gathered& gathered, const std::string& slot) {
  const Claiming claiming = TRY(claiming_of(run, gathered.name));
  const auto time = TRY(run.registry_time(gathered.name.registry));
  const Instant now = time ? time->latest : run.now();
  DirectGenerate wanted{slot, now + claiming.policy.lifetime};
  wanted.settle = [&claiming, now](record::Record& record, const registry::Generated& made) {
    replace_current(record, made, claiming.policy.offline, now);
  };
  TRY(generate_directly(claiming, gathered, wanted));
  return {};
}

Result<json::Value> generate_managed(const Run& run, const record::RecordName& name) {
  Rotator rotator = TRY(Rotator::find(run, name));
  const Gathered gathered = TRY(gather(run, name));
  const std::string slot = slot_asked(run.options);
  const Generation plan = TRY(plan_generation(name, gathered.facts()));
  if (run.options.has("force") && TRY(use_of_asked(run, gathered))) {
    TRY(overwrite(run, gathered, slot));
    return rotator.look();
  }
  TRY(check_managed(run, gathered));
  switch (plan) {
    case Generation::rotate:
      return rotator.carry_out(rotate::Asked::rotation);
    case Generation::adopt:
      TRY(save_not_ready(gathered, slot.empty() ? record::kPassword2 : the_other(slot)));
      break;
    case Generation::first:
      break;
  }
  return rotator.make_ready();
}

Result<> show_current(const Run& run, const record::RecordName& name, SecretOutput& output) {
  const auto found = TRY(load_record(*TRY(run.parts.store_of(name.registry)), name));
  if (!found || !found->record.current) return fail(ErrorCode::unavailable, "its record has no password");
  return output.deliver(found->record.current->password);
}

// --- a token that nothing here looks after
// ------------------------------------------------------------------

Result<registry::Generated> generate_unmanaged(const Run& run, const Gathered& gathered) {
  const std::string slot = slot_asked(run.options);
  if (slot.empty())
    return fail(ErrorCode::invalid_input, "nothing here looks after it: say '--password1' or '--password2'");
  const registry::SlotState* used = find_slot(gathered.live, slot);
  if (used != nullptr && !run.options.has("force"))
    return fail(ErrorCode::conflict, describe_slot(*used) +
                                         " may be in use, and nobody here knows: take the other slot, or "
                                         "'--force'");
  const Claiming claiming = TRY(claiming_of(run, gathered.name));
  const auto time = TRY(run.registry_time(gathered.name.registry));
  const Instant now = time ? time->latest : run.now();
  const auto asked = TRY(expiry_asked(run.options, now));
  return generate_directly(claiming, gathered, {slot, asked.value_or(now + claiming.policy.lifetime)});
}

json::Value document_of(const record::RecordName& name, const registry::Generated& made) {
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("slot", made.slot);
  document.set("created_at", format_rfc3339(made.created_at));
  if (made.expires_at) document.set("expires_at", format_rfc3339(*made.expires_at));
  return document;
}

Result<Exit> run_unmanaged(const Run& run, Gathered gathered, SecretOutput& output) {
  const record::RecordName name = gathered.name;
  if (!gathered.token) gathered.token = TRY(find_token(*gathered.control, name.token));
  const auto made = TRY_WITH(generate_unmanaged(run, gathered), "generate for '" + name.display() + "'");
  TRY(output.deliver(made.password));
  const std::string until = made.expires_at ? format_for_people(*made.expires_at) : "for ever";
  run.console().line("scopedctl: " + made.slot + " of token '" + name.display() + "' is " + output.place() +
                     ", until " + until + "; it is not shown again");
  if (run.options.wants_document()) run.answer(document_of(name, made), "");
  return Exit::ok;
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  if (!registry->tokens.contains(name.token) &&
      (run.options.has("show-secret") || run.options.has("output-file"))) {
    Gathered gathered = TRY(gather(run, name));
    if (!gathered.found) {
      auto output = TRY(SecretOutput::prepare(run));
      return run_unmanaged(run, std::move(gathered), *output);
    }
  }
  TRY(must_be_configured(*registry, name.token, ""));
  auto output = TRY(SecretOutput::prepare(run));
  json::Value token = TRY_WITH(generate_managed(run, name), "generate for '" + name.display() + "'");
  if (output) TRY(show_current(run, name, *output));
  const std::string text = "token '" + name.display() + "': " + outcome_of(token, run.now());
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

const Command rows::credential_generate = {
    .words = "credential generate",
    .summary = "Make a new password for a token",
    .about =
        R"(For a token of the configuration the password goes into the store: its first one, or else what
'scopedctl rotate' does, under the name that az gives it. The slot and the expiry follow from the
record and from the configuration's "rotation". A slot that clients use now, or may still, is refused
with the reason; '--force' overwrites it and breaks them until they ask again.

For any other token the slot is named, a slot with a live password is refused without '--force', the
expiry is '--expiration' or the configured "lifetime" and never 'never', and the password needs a
place: '--show-secret' or '--output-file'. (There is no '--expiry', whatever instructions say.)

A password is shown once, on a terminal or in a file of your own, and only if you ask for it.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl credential generate --name node-blue

# For a consumer that nothing here looks after
scopedctl credential generate --name partner-token --password1 --expiration 2027-06-01T00:00:00Z \
    --output-file partner-password

scopedctl credential generate --name node-blue --registry myregistry -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 2, ...}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
