// Makes the clients ask the helper.
#include "agent/ctl/clients/edit.h"
#include "agent/ctl/setup/step.h"

namespace scoped::ctl {
namespace {

std::vector<const ClientFile*> clients_of(const Situation& situation) {
  const std::string asked = situation.run.options.optional("client").value_or("docker");
  std::vector<const ClientFile*> chosen;
  for (const ClientFile& each : client_files())
    if (asked == "all" || asked == each.name) chosen.push_back(&each);
  return chosen;
}

// Docker has no file for all users.
bool is_for_all(const Situation& situation, const ClientFile& client) {
  return situation.system && client.name != rows::docker_file.name;
}

Wanted wanted_of(const Situation& situation) {
  return {situation.name.registry, "scoped", situation.run.options.has("replace")};
}

Result<std::string> plan(const Situation& situation) {
  std::string text;
  for (const ClientFile* client : clients_of(situation)) {
    const ClientEditor editor(situation.run.around.environment, is_for_all(situation, *client));
    const Edited edited = TRY(editor.add(*client, wanted_of(situation), false));
    if (edited.changed)
      text += std::string(text.empty() ? "" : ", ") + "add the helper to '" + edited.file + "'";
  }
  return text;
}

Result<json::Object> act(const Situation& situation) {
  json::Array done;
  for (const ClientFile* client : clients_of(situation)) {
    const ClientEditor editor(situation.run.around.environment, is_for_all(situation, *client));
    const Edited edited = TRY(editor.add(*client, wanted_of(situation)));
    if (edited.changed) done.emplace_back(std::string(client->name));
  }
  json::Object note;
  note.set("clients", std::move(done));
  return note;
}

Result<std::string> undo(const Situation& situation, const json::Object& note) {
  const json::Reader reader(note, "the note");
  std::string text;
  for (const json::Value& name : *TRY(reader.array("clients"))) {
    for (const ClientFile& client : client_files()) {
      if (name.text() == nullptr || *name.text() != client.name) continue;
      const ClientEditor editor(situation.run.around.environment, is_for_all(situation, client));
      const Edited edited = TRY(editor.remove(client, wanted_of(situation)));
      text += std::string(text.empty() ? "" : ", ") + "'" + edited.file + "' is as it was";
    }
  }
  return text;
}

}  // namespace

const Step rows::client_step = {"client", &plan, &act, &undo};

}  // namespace scoped::ctl
