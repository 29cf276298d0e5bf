#include "agent/ctl/commands.h"
#include "agent/ctl/gather.h"
#include "agent/ctl/import_list.h"
#include "agent/ctl/import_plan.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr std::string_view kSlots = "password1|password2";
constexpr std::string_view kSlotsByTime = "password1|password2|oldest|newest";

constexpr Positional kPositionals[] = {
    {"HOST", "The registry: its host or the host's first word.", true, {}, Names::registry},
    {"TOKEN",
     "The token; without it every token of the registry is listed with what import would do.",
     false,
     {},
     Names::token},
};
constexpr Flag kFlags[] = {
    {.name = "slot",
     .value = "SLOT",
     .help = "The slot that the given password is in, or 'oldest' or 'newest': by when it was made.",
     .choices = kSlotsByTime},
    {.name = "free-slot",
     .value = "SLOT",
     .help = "Nobody uses the password in this slot: generate over it, leave the other one alone.",
     .choices = kSlots},
    {.name = "write",
     .value = "FILE",
     .help =
         "Without TOKEN: write the registry's scope maps and tokens to this new file, as a configuration."},
    {.name = "password-stdin", .help = "Read the password that is in use from standard input."},
    kOutputFlag,
};

Result<> check(const Options& options) {
  const auto wrong = [](const char* what) { return fail(ErrorCode::invalid_input, what); };
  if (options.has("free-slot") && (options.has("password-stdin") || options.has("slot")))
    return wrong("'--free-slot' needs no password: give it alone, or '--password-stdin' with '--slot'");
  const bool says_more = options.has("free-slot") || options.has("password-stdin") || options.has("slot");
  if (options.positionals().size() < 2 && says_more)
    return wrong("say which token: 'scopedctl import HOST TOKEN'");
  if (options.positionals().size() == 2 && options.has("write"))
    return wrong("'--write' is for the whole registry: leave TOKEN out");
  return {};
}

Result<Secret> get_password(const Run& run, const Gathered& gathered) {
  if (run.options.has("password-stdin")) return password_of(TRY(run.console().read_secret()));
  std::string lines = "Token '" + gathered.name.display() + "' has passwords that somebody keeps:\n";
  for (const registry::SlotState& slot : gathered.live) lines += "  " + describe_slot(slot) + "\n";
  lines +=
      "Paste one of them; it is not shown. (Nobody knows one? Ctrl-C, then --free-slot SLOT.)\nPassword: ";
  return password_of(TRY(run.console().ask_secret(lines)));
}

Result<std::string> get_slot(const Run& run, const ImportPlan& plan) {
  if (!plan.slot.empty()) return plan.slot;
  for (;;) {
    const std::string answer = TRY(run.console().ask("Which slot is it in, password1 or password2? "));
    if (answer == record::kPassword1 || answer == record::kPassword2) return answer;
  }
}

// The password logs in wherever clients log in.
Result<> prove(const Run& run, const Gathered& gathered, const Secret& password) {
  const config::Registry& registry = run.config.registries.at(gathered.name.registry);
  std::vector<std::string> endpoints = {registry.host};
  endpoints.insert(endpoints.end(), registry.endpoints.begin(), registry.endpoints.end());
  registry::LoginProbe* probe = TRY(run.parts.probe_of(registry.host));
  for (const std::string& endpoint : endpoints) {
    const auto login = TRY(probe->try_login(endpoint, gathered.name.token, password));
    if (login == registry::Login::refused)
      return fail(ErrorCode::denied, "the password does not log in at '" + endpoint + "'" +
                                         (gathered.token->enabled ? "" : ": the token is disabled"));
  }
  return {};
}

Result<> use_password(const Run& run, const Gathered& gathered, const ImportPlan& plan) {
  const Secret password = TRY(get_password(run, gathered));
  TRY(prove(run, gathered, password));
  const std::string slot = TRY(get_slot(run, plan));
  const registry::SlotState* state = find_slot(gathered.live, slot);
  CHECK_INVARIANT(state != nullptr);  // the plan names, and asks for, live slots only
  const auto policy = TRY(run.parts.policy_of(gathered.name));
  const auto time = TRY(run.registry_time(gathered.name.registry));
  TRY(save_first(gathered, rotate::make_imported_record(gathered.name, *state, password,
                                                        std::chrono::floor<Seconds>(policy.offline),
                                                        time ? time->latest : run.now())));
  for (const std::string& step :
       steps_after_import(gathered.name, *state, find_slot(gathered.live, the_other(slot))))
    run.console().line("scopedctl: next: " + step);
  return {};
}

Result<json::Value> import_one(const Run& run, const record::RecordName& name) {
  Rotator rotator = TRY(Rotator::find(run, name));
  const Gathered gathered = TRY(gather(run, name));
  if (!gathered.token)
    return fail(ErrorCode::not_found, "the registry has no such token: run 'scopedctl token create'");
  const ImportAsked asked{slot_by_time(run.options.optional("slot"), gathered.live),
                          run.options.optional("free-slot"), run.options.has("password-stdin"),
                          run.console().can_ask()};
  const ImportPlan plan = TRY(plan_import(name, gathered.live, gathered.facts().record, asked));
  switch (plan.kind) {
    case ImportPlan::Kind::go_on:
      return rotator.make_ready();
    case ImportPlan::Kind::generate:
      TRY(save_not_ready(gathered, plan.reserved));
      return rotator.make_ready();
    case ImportPlan::Kind::use_password:
      break;
  }
  TRY(use_password(run, gathered, plan));
  return rotator.look();
}

// With the scope map that the registry has for it, so that the object to add is whole.
Result<> check_configured(const Run& run, const config::Registry& registry, const std::string& token) {
  if (registry.tokens.contains(token)) return {};
  const auto state = TRY(TRY(run.parts.control_of(registry.host))->get_token(token));
  return must_be_configured(registry, token, state.scope_map);
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.positional(0)));
  const auto asked = run.options.positional(1);
  if (!asked) return list_imports(run, *registry);
  const record::RecordName name{registry->host, *asked};
  TRY(check_configured(run, *registry, name.token));
  json::Value token = TRY_WITH(import_one(run, name), "import '" + name.display() + "'");
  const std::string text = "imported '" + name.display() + "': " + outcome_of(token, run.now());
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

const Command rows::import_token = {
    .words = "import",
    .summary = "Bring in a token that exists already, without breaking who uses it",
    .about =
        R"(A token has two slots for passwords, and whoever made it may have given either away. The registry
tells when each was made, never what it is. So:

  no slot used     a password is generated into the first
  one used         a password is generated into the other one; the used one is left alone
  both used        you are asked for one password (not shown; proved by a login), or you name with
                   --free-slot the one that nobody uses. Without a terminal one of --free-slot and
                   --password-stdin is needed, since nothing is ever guessed.

From then on the token rotates like any other; what is left to do by hand is said step by step, e.g.
for a token whose two passwords never expire, as 'az acr token create' makes them. Without TOKEN
nothing is changed: every token of the registry is listed with what import would do, and the
configuration that it needs first; '--write' puts all of that into a file.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(# What is there?
scopedctl import myregistry.azurecr.io

# Its scope maps and tokens as a file, which 'scopedctl apply -f' would leave as they are
scopedctl import myregistry.azurecr.io --write myregistry.json

scopedctl import myregistry.azurecr.io cicd-token

# Both slots are in use, and password2 belongs to nobody
scopedctl import myregistry cicd-token --free-slot password2

# Both are in use, and the one in password1 is known (here: in a file)
scopedctl import myregistry cicd-token --password-stdin --slot password1 -o json < FILE
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "cicd-token", "ready": true, "generation": 1, ...}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
