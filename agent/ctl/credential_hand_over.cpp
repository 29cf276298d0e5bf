#include "agent/ctl/commands.h"
#include "agent/ctl/direct_generate.h"
#include "agent/ctl/expiry_flags.h"
#include "agent/ctl/secret_output.h"
#include "agent/ctl/slot_flags.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"HOST/TOKEN",
     "The token; HOST may be the host's first word, or left out where one registry has it.",
     true,
     {},
     Names::token}};
constexpr Flag kFlags[] = {
    {.name = "expiration",
     .value = "TIME",
     .help =
         "When the password ends, as 2027-01-01T00:00:00Z; without it after the configured \"lifetime\"."},
    kExpirationInDaysFlag,
    {.name = "force", .help = "Also where one was handed over before: theirs stops to work at once."},
    kShowSecretFlag,
    kOutputFileFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  TRY(check_expiry(options));
  if (!options.has("show-secret") && !options.has("output-file"))
    return fail(ErrorCode::invalid_input,
                "the password needs a place: '--show-secret' on a terminal, or '--output-file FILE'");
  return check_secret_output(options);
}

// The slot that the rotation would take next, if nobody can need what is in it.
Result<std::string> choose_slot(const Run& run, const Gathered& gathered, Instant now) {
  if (!gathered.token)
    return fail(ErrorCode::not_found, "the registry has no such token: run 'scopedctl token create'");
  if (!gathered.found || !gathered.found->record.current)
    return fail(ErrorCode::conflict, "it has no password in the store yet: run '" +
                                         import_line(gathered.name) + "' or 'scopedctl token create'");
  const record::Record& record = gathered.found->record;
  const std::string slot = record::other_slot(record);
  const bool again = record.external_slot == slot;
  if (again && run.options.has("force")) return slot;
  if (again)
    return fail(ErrorCode::conflict, slot + " was handed over before: '--force' makes theirs stop to work");
  if (const auto use = use_of_slot(record, slot, now)) return fail(ErrorCode::conflict, slot + ": " + *use);
  const registry::SlotState* stranger = find_slot(gathered.live, slot);
  const bool is_known = stranger == nullptr ||
                        (record.previous && record.previous->password.created_at == stranger->created_at);
  if (is_known) return slot;
  return fail(ErrorCode::conflict,
              describe_slot(*stranger) +
                  " is a password that somebody else made: delete it first with 'scopedctl "
                  "credential delete --name " +
                  gathered.name.token + " --" + slot + "'");
}

Result<registry::Generated> hand_over(const Run& run, const record::RecordName& name) {
  const Gathered gathered = TRY(gather(run, name));
  const auto time = TRY(run.registry_time(name.registry));
  const Instant now = time ? time->latest : run.now();
  const std::string slot = TRY(choose_slot(run, gathered, time ? time->earliest : now));
  const Claiming claiming = TRY(claiming_of(run, name));
  const auto asked = TRY(expiry_asked(run.options, now));
  DirectGenerate wanted{slot, asked.value_or(now + claiming.policy.lifetime)};
  wanted.settle = [](record::Record& record, const registry::Generated& made) {
    record.external_slot = made.slot;
    if (record.previous && record.previous->password.slot == made.slot) record.previous.reset();
  };
  return generate_directly(claiming, gathered, wanted);
}

Result<Exit> run(Run& run) {
  const record::RecordName name = TRY(choose_token(run.config, *run.options.positional(0)));
  auto output = TRY(SecretOutput::prepare(run));
  const auto made = TRY_WITH(hand_over(run, name), "hand over a password of '" + name.display() + "'");
  TRY(output->deliver(made.password));
  run.console().line("scopedctl: the user name is '" + made.username + "', the password " + output->place() +
                     (made.expires_at ? ", until " + format_for_people(*made.expires_at) : "") +
                     "; it is not kept and not shown again");
  if (!run.options.wants_document()) return Exit::ok;
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("slot", made.slot);
  if (made.expires_at) document.set("expires_at", format_rfc3339(*made.expires_at));
  run.answer(document, "");
  return Exit::ok;
}

}  // namespace

const Command rows::credential_hand_over = {
    .words = "credential hand-over",
    .summary = "Give an outsider a password of a token, shown once",
    .about =
        R"(For somebody who has no access to the store: a partner, a machine elsewhere. A password is generated
into the slot that is free, shown once and kept nowhere, and the slot is marked as theirs: nothing
generates over it without '--force'. 'scopedctl status' and 'scopedctl lint' warn before it ends.

With one slot given away the token cannot be rotated any more, so make a token of its own for each
outsider; then nobody else is touched when theirs is disabled.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl credential hand-over partner-token --show-secret

scopedctl credential hand-over myregistry/partner-token --expiration-in-days 180 --output-file partner-password

scopedctl credential hand-over partner-token --output-file partner-password -o json
# {"registry": "myregistry.azurecr.io", "token": "partner-token", "slot": "password2",
#   "expires_at": "2027-02-24T10:00:00Z"})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
