// Makes the store that is made by init, where the registry uses one.
#include "agent/ctl/setup/step.h"
#include "common/base/file.h"
#include "common/store/types.h"

#include <errno.h>
#include <unistd.h>

namespace scoped::ctl {
namespace {

config::Typed settings_of(const Situation& situation) {
  const config::Registry* registry = situation.registry();
  const auto named = situation.run.config.stores.find(registry == nullptr ? "default" : registry->store);
  if (named != situation.run.config.stores.end()) return named->second;
  return store::default_store(situation.run.around.environment, situation.system);
}

Result<std::string> plan(const Situation& situation) {
  if (situation.registry() == nullptr && situation.run.options.has("keyring"))
    return std::string();  // a keyring is there or not
  const config::Typed settings = settings_of(situation);
  if (!settings.has("key") || !settings.has("path"))
    return std::string();  // of a type that is not on this machine
  const std::string path = settings.text("path");
  if (file_exists(path + "/store.json")) return std::string();
  return "make the store '" + path + "' with its key '" + settings.secret("key").name + "'";
}

Result<json::Object> act(const Situation& situation) {
  const config::Typed settings = settings_of(situation);
  const std::string key = settings.secret("key").name;
  json::Object note;
  note.set("path", settings.text("path"));
  note.set("key", key);
  note.set("made_key", !file_exists(key));
  TRY(situation.command({"init", settings.name}));
  return note;
}

// Only an empty store goes: records open registries, and cannot be got back.
Result<std::string> undo(const Situation&, const json::Object& note) {
  const json::Reader reader(note, "the note");
  const std::string path = TRY(reader.text("path"));
  const std::string key = TRY(reader.text("key"));
  const auto entries = list_folder(path);
  if (!entries) return "the store '" + path + "' is gone already";
  for (const std::string& entry : *entries) {
    if (entry == "store.json") continue;
    const auto inside = list_folder(path + "/" + entry);
    for (const std::string& file : inside.value_or(std::vector<std::string>{"?"}))
      if (!file.ends_with(".lock")) return "the store '" + path + "' holds records and is left alone";
  }
  for (const std::string& entry : *entries) {
    if (const auto inside = list_folder(path + "/" + entry))
      for (const std::string& file : *inside) unlink((path + "/" + entry + "/" + file).c_str());
    rmdir((path + "/" + entry).c_str());
  }
  unlink((path + "/store.json").c_str());
  if (rmdir(path.c_str()) != 0) return fail(errno_error(errno, "remove", path));
  if (TRY(reader.boolean("made_key"))) unlink(key.c_str());
  return "removed the store '" + path + "'";
}

}  // namespace

const Step rows::store_step = {"store", &plan, &act, &undo};

}  // namespace scoped::ctl
