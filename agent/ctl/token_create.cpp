#include "agent/ctl/token_create.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/gather.h"
#include "agent/ctl/missing.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/scope_map_create.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The token's name, which is also its user name: 5 to 50 letters, digits and '-'.",
     .required = true,
     .completes = Names::token},
    {.name = "scope-map",
     .value = "NAME",
     .help = "What it may do; without it the scope map that the configuration names for the token.",
     .completes = Names::scope_map},
    kRepositoryFlag,
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (options.has("scope-map") && options.has("repository"))
    return fail(ErrorCode::invalid_input, "give '--scope-map' or '--repository', not both");
  TRY(policy::parse_grants(options.groups("repository")));
  return {};
}

// As az names the scope map of a token that is created with --repository.
std::string own_scope_map(const std::string& token) { return token + "-scope-map"; }

// The helper chooses tokens by what the configuration says of them, so both must agree.
Result<std::string> wanted_scope_map(const Options& options, const config::Registry& registry,
                                     const std::string& token) {
  std::string wanted = options.optional("scope-map").value_or("");
  if (options.has("repository")) wanted = own_scope_map(token);
  TRY(must_be_configured(registry, token, wanted));
  const config::Token& settings = registry.tokens.at(token);
  if (wanted.empty()) wanted = settings.scope_map;
  if (wanted.empty())
    return fail(ErrorCode::not_found, "neither the command line nor the configuration says what token '" +
                                          token + "' may do: give '--scope-map' or '--repository'");
  if (!settings.scope_map.empty() && settings.scope_map != wanted)
    return fail(ErrorCode::configuration, settings.origin.file + ":" + std::to_string(settings.origin.line) +
                                              ": token '" + token + "' has scope map '" + settings.scope_map +
                                              "' there and would get '" + wanted + "'");
  return wanted;
}

Result<> create(const Gathered& gathered, const NewToken& wanted) {
  if (wanted.grants)
    TRY(ensure_scope_map(*gathered.control, {wanted.scope_map, std::nullopt, *wanted.grants}));
  else  // ARM's own refusal of a missing scope map does not say what is missing
    TRY(find_scope_map(*gathered.control, wanted.scope_map));
  auto made = gathered.control->create_token(gathered.name.token, wanted.scope_map);
  if (!made && made.error().code() == ErrorCode::ambiguous)
    return fail(std::move(made).error().within("run it again to see whether it was made"));
  TRY(std::move(made));
  return {};
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const record::RecordName name{registry->host, run.options.text("name")};
  const std::string scope_map = TRY(wanted_scope_map(run.options, *registry, name.token));
  NewToken wanted{scope_map};
  if (run.options.has("repository"))
    wanted.grants = TRY(policy::parse_grants(run.options.groups("repository")));
  json::Value token = TRY_WITH(ensure_token(run, name, wanted), "create token '" + name.display() + "'");
  const std::string text = "token '" + name.display() + "' with scope map '" + scope_map +
                           "': " + outcome_of(token, run.now()) + "; its password is in store '" +
                           registry->store + "'";
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace

Result<json::Value> ensure_token(const Run& run, const record::RecordName& name, const NewToken& wanted) {
  Rotator rotator = TRY(Rotator::find(run, name));
  const Gathered gathered = TRY(gather(run, name));
  const Creation step = TRY(plan_creation(name, gathered.facts(), wanted.scope_map));
  if (step == Creation::create) TRY(create(gathered, wanted));
  if (!gathered.found) TRY(save_not_ready(gathered, record::kPassword2));
  return rotator.make_ready();
}

const Command rows::token_create = {
    .words = "token create",
    .summary = "Make a token whose password is in the store and expires",
    .about =
        R"(Makes the token without passwords, then its first one, with an expiry, which goes into the store and
nowhere else: docker-credential-scoped hands it to Docker, scoped-agent replaces it in time. The
token has to stand in the configuration first (else the line to add is told), since agent and
helper would not know it.

With --repository the token gets a scope map of its own, NAME-scope-map. Interrupted, the command
may be run again and goes on. A token that exists with passwords is never touched: the error names
the 'scopedctl import' that brings it in.

Unlike 'az acr token create' this never makes a second password that nobody keeps, nor one that
never expires.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl token create --name node-blue --scope-map app-pull

# With a scope map of its own
scopedctl token create --registry myregistry --name partner-token \
    --repository shared/sdk content/read metadata/read

# For a program to read: the token's status, as 'scopedctl status -o json' has it
scopedctl token create --name node-blue -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "ready": true, "generation": 1, ...}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
