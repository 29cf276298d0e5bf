#include "agent/ctl/clients/edit.h"
#include "agent/ctl/clients/ledger.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/setup/person.h"
#include "agent/ctl/setup/step.h"
#include "common/base/file.h"
#include "common/record/names.h"

#include <unistd.h>

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"HOST", "The registry.", true}};
constexpr Flag kFlags[] = {
    {.name = "token", .value = "NAME", .help = "The scoped token that shall answer for the registry."},
    {.name = "system", .help = "For all users of this machine, through sudo; what root does without it."},
    {.name = "user", .help = "For you alone; what others do without it."},
    {.name = "client",
     .value = "CLIENT",
     .help = "Whose settings name the helper: 'docker' (the default), 'containers', 'all' or 'none'.",
     .choices = "docker|containers|all|none"},
    {.name = "replace", .help = "Another helper that is set for this registry gives way."},
    {.name = "free-slot",
     .value = "SLOT",
     .help = "As for import: nobody uses the password in this slot.",
     .choices = "password1|password2"},
    {.name = "keyring",
     .help = "Keep passwords in this session's keyring, where setup writes the configuration."},
    {.name = "resource-id", .value = "ID", .help = "The registry's, where the Azure CLI is not to be asked."},
    {.name = "identity",
     .value = "NAME",
     .help = "An identity of the configuration that may make passwords."},
    {.name = "tenant", .value = "ID", .help = "Of a new identity."},
    {.name = "client-id", .value = "ID", .help = "Of a new identity that logs in with a secret."},
    {.name = "client-secret",
     .value = "SOURCE",
     .help = "Where its secret is read: 'file:PATH' or 'credential:NAME'."},
    {.name = "authority", .value = "URL", .help = "Of another cloud's identity provider."},
    {.name = "arm", .value = "URL", .help = "Of another cloud's control plane."},
    {.name = "ca-file", .value = "PATH", .help = "Certificate authorities to trust beside the system's."},
    {.name = "undo", .help = "Take back exactly what setup did for this registry."},
    {.name = "dry-run", .help = "Say what would be done, and do nothing."},
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (options.has("system") && options.has("user"))
    return fail(ErrorCode::invalid_input, "--system and --user exclude each other");
  if (options.has("system") && options.has("keyring"))
    return fail(ErrorCode::invalid_input, "--keyring is for one person: the system's agent has no session");
  return {};
}

std::string notes_file(const Situation& situation) {
  return undo_folder(situation.run.around.environment, situation.system) + "/setup-" +
         record::escape_component(situation.name.registry) + ".json";
}

// Step -> what it noted, and the token; nothing was set up: an empty object.
Result<json::Object> read_notes(const Situation& situation) {
  const auto text = read_file(notes_file(situation), 1 << 20);
  if (!text && text.error().code() == ErrorCode::not_found) return json::Object();
  if (!text) return fail(text.error());
  auto document = json::parse(*text);
  if (!document || document->object() == nullptr)
    return fail(ErrorCode::corrupt, "'" + notes_file(situation) + "' is damaged");
  return std::move(*document->object());
}

Result<> write_notes(const Situation& situation, const json::Object& notes) {
  TRY(make_folders(folder_of(notes_file(situation)), 0700));
  return write_file_atomically(notes_file(situation), json::dump_pretty(json::Value(notes)) + "\n", 0600);
}

Result<std::string> choose_token(Run& run, const std::string& host) {
  if (const auto given = run.options.optional("token")) return *given;
  if (const auto known = run.config.registries.find(host); known != run.config.registries.end()) {
    if (!known->second.default_token.empty()) return known->second.default_token;
    if (known->second.tokens.size() == 1) return known->second.tokens.begin()->first;
  }
  if (run.console().can_ask()) return run.console().ask("Which token shall answer for '" + host + "'? ");
  return fail(ErrorCode::invalid_input, "say which token: --token NAME");
}

struct Planned {
  const Step* step;
  std::string what;
};

Result<std::vector<Planned>> plan_all(const Situation& situation) {
  std::vector<Planned> planned;
  for (const Step& step : steps()) {
    std::string what = TRY(step.plan(situation));
    if (!what.empty()) planned.push_back({&step, std::move(what)});
  }
  return planned;
}

Result<> act_on(const Situation& situation, const std::vector<Planned>& planned) {
  json::Object notes = TRY(read_notes(situation));
  notes.set("token_name", situation.name.token);
  if (notes.find("folders") == nullptr) {
    const std::vector<std::string> folders = missing_folders(notes_file(situation));
    notes.set("folders", json::Array(folders.begin(), folders.end()));
  }
  for (const Planned& each : planned) {
    json::Object note = TRY_WITH(each.step->act(situation), std::string(each.step->name));
    notes.set(std::string(each.step->name), std::move(note));
    TRY(write_notes(situation, notes));
  }
  return {};
}

// "STEP: WHAT" for each, and what is to be said at the end.
void tell(Run& run, const record::RecordName& name,
          const std::vector<std::pair<std::string, std::string>>& done, const std::string& end) {
  json::Array list;
  std::string text;
  for (const auto& [step, what] : done) {
    json::Object entry;
    entry.set("step", step);
    entry.set("what", what);
    list.emplace_back(std::move(entry));
    text += step + ": " + what + "\n";
  }
  json::Object document;
  document.set("registry", name.registry);
  document.set("token", name.token);
  document.set("steps", std::move(list));
  run.answer(json::Value(std::move(document)), text + end);
}

std::vector<std::pair<std::string, std::string>> lines_of(const std::vector<Planned>& planned) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Planned& each : planned) lines.emplace_back(each.step->name, each.what);
  return lines;
}

std::vector<const Step*> steps_back() {
  std::vector<const Step*> back;
  for (const Step& step : steps()) back.insert(back.begin(), &step);
  std::stable_partition(back.begin(), back.end(),
                        [](const Step* step) { return step->name != rows::service_step.name; });
  return back;
}

Result<Exit> take_back(Run& run, const Situation& asked) {
  json::Object notes = TRY(read_notes(asked));
  const json::Value* token = notes.find("token_name");
  if (token == nullptr || token->text() == nullptr)
    return fail(ErrorCode::not_found, "nothing was set up here for '" + asked.name.registry + "'");
  const Situation situation{run, {asked.name.registry, *token->text()}, asked.system};
  std::vector<std::pair<std::string, std::string>> done;
  for (const Step* step : steps_back()) {
    const json::Value* note = notes.find(step->name);
    if (note == nullptr || note->object() == nullptr) continue;
    std::string what = TRY_WITH(step->undo(situation, *note->object()), std::string(step->name));
    done.emplace_back(step->name, std::move(what));
    notes.erase(step->name);
    TRY(write_notes(situation, notes));
  }
  unlink(notes_file(situation).c_str());
  std::vector<std::string> folders;
  for (const json::Value& folder : *TRY(json::Reader(notes, "the notes").array("folders")))
    if (folder.text() != nullptr) folders.push_back(*folder.text());
  remove_empty_folders(folders);
  tell(run, situation.name, done, "");
  return Exit::ok;
}

// The command line as it was given.
std::vector<std::string> arguments_of(const Options& options) {
  std::vector<std::string> arguments{"setup"};
  arguments.insert(arguments.end(), options.positionals().begin(), options.positionals().end());
  for (const Flag& flag : flags_of(rows::setup)) {
    if (!options.has(flag.name)) continue;
    for (const std::vector<std::string>& values : options.groups(flag.name)) {
      arguments.push_back("--" + std::string(flag.name));
      arguments.insert(arguments.end(), values.begin(), values.end());
    }
  }
  return arguments;
}

Result<Exit> run_setup(Run& run) {
  const bool is_root = run.around.environment.uid() == 0;
  const bool system =
      run.options.has("system") || (is_root && !run.options.has("user") && !run.explicit_config);
  if (system && !is_root) return fail(become_root(run.around.environment, arguments_of(run.options)));
  if (system && run.options.has("keyring"))
    return fail(ErrorCode::invalid_input, "the system's agent has no session and no keyring: say --user");
  const std::string host = TRY(record::parse_registry_host(*run.options.positional(0)));
  if (run.options.has("undo")) return take_back(run, {run, {host, ""}, system});
  const std::string token = TRY(choose_token(run, host));
  const Situation situation{run, {host, token}, system};
  const std::vector<Planned> planned = TRY(plan_all(situation));
  if (run.options.has("dry-run")) {
    tell(run, situation.name, lines_of(planned), planned.empty() ? "everything is set up already\n" : "");
    return Exit::ok;
  }
  for (const Planned& each : planned) run.console().line("to do: " + each.what);
  if (!planned.empty() && run.console().can_ask()) {
    const std::string answer = TRY(run.console().ask("Go on? [y/N] "));
    if (answer != "y" && answer != "yes") return fail(ErrorCode::cancelled, "nothing was done");
  }
  TRY(act_on(situation, planned));
  TRY(situation.command({"doctor", host}));
  const std::string others = system ? "Every other user runs once: scopedctl configure " + host + "\n" : "";
  tell(run, situation.name, lines_of(planned),
       (planned.empty() ? "everything is set up already\n" : "") +
           ("Try it: docker pull " + host + "/REPOSITORY\n") + others);
  return Exit::ok;
}

}  // namespace

const Command rows::setup = {
    .words = "setup",
    .summary = "From nothing to the first pull, or back",
    .about =
        R"(Writes the configuration of the registry, makes the store, imports the token, makes the client ask
the helper and has systemd run the agent; what is so already is left. It shows what it will do, asks
where there is a terminal, and ends with a real login. A second run changes nothing, and one that
was cut off goes on where it was.

Root sets up the whole machine, others themselves alone, or with --system the whole machine: it calls
sudo for that. Under sudo, the Azure CLI is asked and Docker's settings are written as the user who
called it.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(# A build host; the Azure CLI knows the registry
sudo scopedctl setup myregistry.azurecr.io --token pull-token --identity rotator

# A laptop, and back again
scopedctl setup myregistry.azurecr.io --token pull-token --identity rotator
scopedctl setup myregistry.azurecr.io --undo

# A laptop whose passwords are in its keyring
scopedctl setup myregistry.azurecr.io --token pull-token --identity rotator --keyring

scopedctl setup myregistry.azurecr.io --token pull-token --dry-run -o json
# {"registry": "myregistry.azurecr.io", "token": "pull-token", "steps": [{"step": "store", "what": "make ..."}]})",
    .check = &check,
    .run = &run_setup,
};

}  // namespace scoped::ctl
