#include "agent/ctl/clients/edit.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/configure_all.h"
#include "agent/ctl/configure_profile.h"
#include "agent/ctl/run.h"
#include "agent/loop/parts.h"
#include "common/config/load.h"
#include "common/record/names.h"
#include "common/store/secret_service.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"HOST", "The registry.", true}};
constexpr Flag kClientFlag = {
    .name = "client",
    .value = "CLIENT",
    .help =
        "Whose settings: 'docker' (the default; most clients read them), 'buildx' for one "
        "repository, 'containers' for podman's own, or 'all', which is docker and containers.",
    .choices = "docker|buildx|containers|all"};
constexpr Flag kSystemFlag = {
    .name = "system", .help = "The file of all users instead of yours; containers has one, docker none."};
constexpr Flag kProfileFlag = {
    .name = "profile",
    .value = "NAME",
    .help = "Ask for this profile's token: the helper under the name 'scoped-NAME'."};
constexpr Flag kRepositoryFlag = {
    .name = "repository",
    .value = "REPOSITORY",
    .help = "For this repository alone; needs '--client buildx', and mostly '--profile'.",
    .completes = Names::repository};
constexpr Flag kAllFlag = {
    .name = "all",
    .help = "Docker asks the helper for every registry, and it keeps all logins ('credsStore')."};
constexpr Flag kConfigureFlags[] = {
    kClientFlag,
    kAllFlag,
    kRepositoryFlag,
    kSystemFlag,
    kProfileFlag,
    {.name = "replace", .help = "Another helper that is set for this registry gives way."},
    {.name = "dry-run", .help = "Say what would be changed, and change nothing."},
    kOutputFlag};
constexpr Flag kUnconfigureFlags[] = {kClientFlag, kAllFlag,     kRepositoryFlag,
                                      kSystemFlag, kProfileFlag, kOutputFlag};

std::vector<const ClientFile*> chosen_clients(const Options& options) {
  const std::string asked =
      options.optional("client").value_or(options.has("system") ? "containers" : "docker");
  std::vector<const ClientFile*> chosen;
  for (const ClientFile& each : client_files()) {
    const bool is_asked = each.for_all ? options.has("all") : asked == "all" && !each.by_repository;
    if (is_asked || asked == each.name) chosen.push_back(&each);
  }
  return chosen;
}

// What the helper would read of Docker's own logins is told by the configuration; a broken one tells nothing.
bool reads_secretservice(const Environment& environment) {
  const config::Loaded loaded = config::load_config({}, environment, loop::catalog());
  if (!loaded.config) return false;
  const auto& stores = loaded.config->stores;
  return std::any_of(stores.begin(), stores.end(),
                     [](const auto& each) { return store::reads_docker_logins(each.second); });
}

Result<Wanted> wanted_by(const Options& options) {
  Wanted wanted;
  wanted.host = TRY(record::parse_registry_host(*options.positional(0)));
  wanted.replace = options.has("replace");
  wanted.repository = options.optional("repository").value_or("");
  if (const auto profile = options.optional("profile")) wanted.helper += "-" + *profile;
  return wanted;
}

Result<> check(const Options& options) {
  if (const auto profile = options.optional("profile"))
    if (const auto is_name = check_profile(*profile); !is_name) return is_name;
  const auto chosen = chosen_clients(options);
  if (options.has("all") && std::find(chosen.begin(), chosen.end(), &client_file("docker")) == chosen.end())
    return fail(ErrorCode::invalid_input,
                "'--all' is about Docker's settings: leave '--client' and '--system' out");
  const auto repository = options.optional("repository");
  if (!repository) return {};
  for (const ClientFile* client : chosen_clients(options))
    if (!client->by_repository)
      return fail(ErrorCode::invalid_input, std::string(client->name) +
                                                " has one helper for a whole registry: '--repository' needs "
                                                "'--client buildx'");
  if (repository->find('*') != std::string::npos)
    return fail(ErrorCode::invalid_input,
                "'" + *repository + "' has a wildcard: buildx looks for a repository by its whole name");
  return record::check_repository_pattern(*repository);
}

void tell(Run& run, const std::vector<Edited>& edited, std::string_view done, std::string_view nothing) {
  json::Array files;
  std::string text;
  for (const Edited& each : edited) {
    json::Object file;
    file.set("client", each.client);
    file.set("file", each.file);
    file.set("changed", each.changed);
    files.emplace_back(std::move(file));
    text += each.client + ": '" + each.file + "' " + std::string(each.changed ? done : nothing) + "\n";
  }
  json::Object document;
  document.set("files", std::move(files));
  run.answer(json::Value(std::move(document)), text);
}

Result<Exit> run_configure(Run& run) {
  Wanted wanted = TRY(wanted_by(run.options));
  wanted.reads_secretservice = run.options.has("all") && reads_secretservice(run.around.environment);
  const bool write = !run.options.has("dry-run");
  const ClientEditor editor(run.around.environment, run.options.has("system"));
  std::vector<Edited> edited;
  for (const ClientFile* client : chosen_clients(run.options))
    TRY(editor.add(*client, wanted, false));  // all or none
  if (run.options.has("all")) TRY(move_logins_in(run, editor, wanted, write));
  for (const ClientFile* client : chosen_clients(run.options)) {
    Edited one = TRY(editor.add(*client, wanted, write));
    edited.push_back(std::move(one));
  }
  if (const auto profile = run.options.optional("profile"); profile && write)
    TRY(make_profile_link(*profile, run.around.environment, run.console()));
  tell(run, edited, write ? "now asks the helper" : "would be changed", "asks the helper already");
  return Exit::ok;
}

Result<Exit> run_unconfigure(Run& run) {
  const Wanted wanted = TRY(wanted_by(run.options));
  const ClientEditor editor(run.around.environment, run.options.has("system"));
  std::vector<Edited> edited;
  auto clients = chosen_clients(run.options);
  std::reverse(clients.begin(), clients.end());  // what was written last goes first
  for (const ClientFile* client : clients) {
    Edited one = TRY(editor.remove(*client, wanted));
    edited.push_back(std::move(one));
  }
  if (run.options.has("all")) TRY(move_logins_back(run, editor, wanted));
  tell(run, edited, "is as it was", "does not ask the helper");
  return Exit::ok;
}

}  // namespace

const Command rows::configure = {
    .words = "configure",
    .summary = "Make Docker or podman ask the helper for a registry",
    .about =
        R"(Adds one entry to the client's settings file and leaves every other byte of it alone; a symbolic
link is followed. Docker's file is read by podman, skopeo, buildah, crane and helm as well.
Another helper that is set for the registry is never replaced unless --replace says so.

With --all Docker asks the helper for every registry. It would no longer see the logins in its file,
so they are moved to the helper, which keeps them sealed; unconfigure --all brings them back. Where
Docker keeps its logins with another store already, nothing is done. 'secretservice' gives way to
--replace where the configuration has a store of type secret_service: the helper reads those logins.)",
    .positionals = kPositionals,
    .flags = kConfigureFlags,
    .examples =
        R"(scopedctl configure myregistry.azurecr.io

# builds that push to myapp/api alone use another token than all else
scopedctl configure myregistry.azurecr.io --client buildx --repository myapp/api --profile ci

# podman's own list of helpers, for all users of this machine
sudo scopedctl configure myregistry.azurecr.io --client containers --system)",
    .wants_configuration = false,
    .check = &check,
    .run = &run_configure,
};

const Command rows::unconfigure = {
    .words = "unconfigure",
    .summary = "Take out again what configure put into a client's settings",
    .about =
        R"(The file is as it was before, to the byte, unless the client has written it anew since; then the
entry alone goes. A helper that was replaced is back. Files and folders that were made go too.)",
    .positionals = kPositionals,
    .flags = kUnconfigureFlags,
    .examples = R"(scopedctl unconfigure myregistry.azurecr.io --client all)",
    .wants_configuration = false,
    .check = &check,
    .run = &run_unconfigure,
};

}  // namespace scoped::ctl
