// Writes config.d/HOST.json where the configuration does not mention the registry.
#include "agent/ctl/clients/edit.h"
#include "agent/ctl/configure_profile.h"
#include "agent/ctl/setup/person.h"
#include "agent/ctl/setup/step.h"
#include "agent/ctl/targets.h"
#include "common/base/file.h"
#include "common/base/spawn.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr size_t kLongestName = 64;
constexpr const char* kPublicAuthority = "https://login.microsoftonline.com";

std::string file_of(const Situation& situation) {
  return configuration_folder(situation.run.around.environment, situation.system) + "/config.d/" +
         situation.name.registry + ".json";
}

// An agent that does not rotate makes no password either.
bool needs_duty(const Situation& situation) { return !situation.run.config.agent.duties.contains("rotate"); }

Result<std::string> plan(const Situation& situation) {
  if (const config::Registry* registry = situation.registry()) {
    TRY(must_be_configured(*registry, situation.name.token, ""));
    return std::string();
  }
  if (situation.run.explicit_config)
    return fail(ErrorCode::configuration, "the configuration that was named does not mention '" +
                                              situation.name.registry + "': add it, or leave --config out");
  if (file_exists(file_of(situation)))
    return fail(ErrorCode::configuration, "'" + file_of(situation) + "' is there and does not define '" +
                                              situation.name.registry + "': remove it");
  return "write '" + file_of(situation) + "'" + (needs_duty(situation) ? ", with the duty to rotate" : "");
}

// What the Azure CLI knows, for whoever is logged in there.
Result<std::string> find_resource_id(const Situation& situation) {
  if (const auto given = situation.run.options.optional("resource-id")) return *given;
  const auto unknown =
      fail(ErrorCode::invalid_input,
           "the registry's resource id is not known: give it with --resource-id, or log in with 'az login'");
  const auto az = find_on_path(situation.run.around.environment, "az");
  if (!az) return unknown;
  const std::string first = situation.name.registry.substr(0, situation.name.registry.find('.'));
  std::vector<std::string> ask{*az, "acr", "show", "--name", first, "--query", "id", "--output", "tsv"};
  const auto person = caller_of_sudo(situation.run.around.environment);  // whose login it has
  if (situation.system && person) ask = as_person(*person, std::move(ask));
  const auto said = spawn(ask, "", kPatience);
  if (!said || said->exit_code != 0) return unknown;
  std::string id(said->out.reveal());
  id.erase(id.find_last_not_of(" \r\n\t") + 1);
  return id.empty() ? Result<std::string>(unknown) : id;
}

void add_duties(json::Value& document) {
  json::Object agent;
  agent.set("duties", json::Array{"broker", "watch", "rotate"});
  document.object()->set("agent", std::move(agent));
}

// Together with the other files; where it contradicts one of them it goes again.
Result<> check_with_others(const Situation& situation) {
  config::Selection selection;
  selection.system_only = situation.system;
  const config::Loaded loaded =
      config::load_config(selection, situation.run.around.environment, loop::catalog());
  if (loaded.config) return {};
  unlink(file_of(situation).c_str());
  return fail(ErrorCode::configuration,
              "what was to be written does not go with what is there: " + loaded.problems.front().display() +
                  " (duties of the agent must be said once, with \"rotate\")");
}

// A file that could not be read would be in everybody's way. One that refers to others is checked with them.
Result<> check_alone(const Situation& situation, const std::string& text) {
  if (situation.run.options.has("identity")) return {};
  const config::Loaded loaded = config::parse_config({{file_of(situation), text, situation.system}},
                                                     situation.run.around.environment, loop::catalog());
  if (loaded.config) return {};
  return fail(ErrorCode::invalid_input,
              "what was given makes no configuration: " + loaded.problems.front().text);
}

Result<json::Object> act(const Situation& situation) {
  const std::string id = TRY(find_resource_id(situation));
  json::Value document = TRY(make_configuration(situation.name, situation.run.options, id));
  if (needs_duty(situation)) add_duties(document);
  const std::string text =
      "// Written by 'scopedctl setup'; see scoped-config(5).\n" + json::dump_pretty(document) + "\n";
  TRY(check_alone(situation, text));
  const std::vector<std::string> folders = missing_folders(file_of(situation));
  TRY(make_folders(folder_of(file_of(situation)), 0755));
  TRY(create_file_atomically(file_of(situation), text, 0644));
  TRY(check_with_others(situation));
  json::Object note;
  note.set("file", file_of(situation));
  note.set("text", text);
  note.set("folders", json::Array(folders.begin(), folders.end()));
  return note;
}

Result<std::string> undo(const Situation& situation, const json::Object& note) {
  const json::Reader reader(note, "the note");
  const std::string file = TRY(reader.text("file"));
  const std::string text = TRY(reader.text("text"));
  if (file != file_of(situation))
    return fail(ErrorCode::corrupt, "the note names another file, '" + file + "'");
  const auto now = read_file(file, 1 << 20);
  if (!now) return "'" + file + "' is gone already";
  if (*now != text) return "'" + file + "' was changed since and is left alone";
  if (unlink(file.c_str()) != 0) return fail(errno_error(errno, "remove", file));
  std::vector<std::string> folders;
  for (const json::Value& folder : *TRY(reader.array("folders")))
    if (folder.text() != nullptr) folders.push_back(*folder.text());
  remove_empty_folders(folders);
  return "removed '" + file + "'";
}

// An identity that logs in with a secret, where the flags say one.
Result<std::optional<json::Object>> make_identity(const Options& options) {
  if (!options.has("client-id")) return std::optional<json::Object>();
  for (const char* flag : {"tenant", "client-secret"})
    if (!options.has(flag))
      return fail(ErrorCode::invalid_input, "--client-id goes with --tenant and --client-secret");
  json::Object identity;
  identity.set("type", "entra_secret");
  identity.set("authority", options.optional("authority").value_or(kPublicAuthority));
  for (const auto& [key, flag] : {std::pair{"tenant", "tenant"},
                                  {"client_id", "client-id"},
                                  {"client_secret", "client-secret"},
                                  {"ca_file", "ca-file"}})
    if (const auto value = options.optional(flag)) identity.set(key, *value);
  return std::optional(std::move(identity));
}

// Of an object that the file of one registry defines.
std::string own_name(const std::string& kind, const std::string& registry) {
  std::string name = kind + registry;
  std::replace(name.begin(), name.end(), ':', '-');
  name.resize(std::min(name.size(), kLongestName));
  return name;
}

}  // namespace

std::string configuration_folder(const Environment& environment, bool system) {
  if (system) return "/etc/scoped";
  if (const auto folder = environment.get("XDG_CONFIG_HOME")) return *folder + "/scoped";
  return environment.get("HOME").value_or("/nonexistent") + "/.config/scoped";
}

Result<json::Value> make_configuration(const record::RecordName& name, const Options& options,
                                       const std::string& resource_id) {
  const auto made = TRY(make_identity(options));
  if (!made && !options.has("identity"))
    return fail(
        ErrorCode::invalid_input,
        "who may make passwords? Give --identity NAME of the configuration, or --tenant, --client-id and "
        "--client-secret");
  const std::string own = own_name("rotator-", name.registry);
  json::Object control;
  control.set("type", "acr");
  control.set("resource_id", resource_id);
  control.set("identity", made ? own : options.text("identity"));
  if (const auto address = options.optional("arm")) control.set("endpoint", *address);
  if (const auto file = options.optional("ca-file")) control.set("ca_file", *file);
  json::Object tokens, registry, registries, document;
  tokens.set(name.token, json::Object());
  registry.set("default_token", name.token);
  if (const auto file = options.optional("ca-file")) registry.set("ca_file", *file);
  registry.set("control", std::move(control));
  registry.set("tokens", std::move(tokens));
  if (options.has("keyring")) registry.set("store", own_name("keyring-", name.registry));
  registries.set(name.registry, std::move(registry));
  document.set("registries", std::move(registries));
  if (options.has("keyring")) {
    json::Object keyring, stores;
    keyring.set("type", "secret_service");
    stores.set(own_name("keyring-", name.registry), std::move(keyring));
    document.set("stores", std::move(stores));
  }
  if (made) {
    json::Object identities;
    identities.set(own, *made);
    document.set("identities", std::move(identities));
  }
  return json::Value(std::move(document));
}

const Step rows::configuration_step = {"configuration", &plan, &act, &undo};

}  // namespace scoped::ctl
