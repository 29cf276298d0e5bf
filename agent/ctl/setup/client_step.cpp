// Makes the clients ask the helper. Docker's settings are a person's own: under sudo, those of who called it.
#include "agent/ctl/clients/edit.h"
#include "agent/ctl/setup/person.h"
#include "agent/ctl/setup/step.h"

namespace scoped::ctl {
namespace {

std::vector<const ClientFile*> clients_of(const Situation& situation) {
  const std::string asked = situation.run.options.optional("client").value_or("docker");
  std::vector<const ClientFile*> chosen;
  for (const ClientFile& each : client_files())
    if (asked == each.name || (asked == "all" && !each.by_repository && !each.for_all))
      chosen.push_back(&each);
  return chosen;
}

// Docker has no file for all users.
bool is_for_all_users(const Situation& situation, const ClientFile& client) {
  return situation.system && client.name != rows::docker_file.name;
}

Wanted wanted_of(const Situation& situation) {
  return {situation.name.registry, "scoped", situation.run.options.has("replace")};
}

std::optional<uid_t> person_of(const Situation& situation, const ClientFile& client) {
  if (!situation.system || is_for_all_users(situation, client)) return std::nullopt;
  return caller_of_sudo(situation.run.around.environment);
}

// What `configure` or `unconfigure` answers for one client.
Result<Edited> edit_as(uid_t person, const ClientFile& client, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--client", std::string(client.name)});
  const Spawned done = TRY(scopedctl_as(person, std::move(arguments)));
  const json::Value document = TRY(json::parse(done.out.reveal()));
  const json::Reader answer = TRY(json::Reader::of(document, "the answer"));
  const json::Array& files = *TRY(answer.array("files"));
  if (files.size() != 1) return fail(ErrorCode::internal, "not one file");
  const json::Reader file = TRY(json::Reader::of(files.front(), "the file"));
  Edited edited;
  edited.client = client.name;
  edited.file = TRY(file.text("file"));
  edited.changed = TRY(file.boolean("changed"));
  return edited;
}

Result<Edited> add(const Situation& situation, const ClientFile& client, bool write) {
  const auto person = person_of(situation, client);
  if (!person) {
    const ClientEditor editor(situation.run.around.environment, is_for_all_users(situation, client));
    return editor.add(client, wanted_of(situation), write);
  }
  std::vector<std::string> arguments{"configure", situation.name.registry};
  if (situation.run.options.has("replace")) arguments.emplace_back("--replace");
  if (!write) arguments.emplace_back("--dry-run");
  return edit_as(*person, client, std::move(arguments));
}

Result<std::string> plan(const Situation& situation) {
  std::string text;
  for (const ClientFile* client : clients_of(situation)) {
    const Edited edited = TRY(add(situation, *client, false));
    if (edited.changed)
      text += std::string(text.empty() ? "" : ", ") + "add the helper to '" + edited.file + "'";
  }
  return text;
}

Result<json::Object> act(const Situation& situation) {
  json::Array done;
  json::Object note;
  for (const ClientFile* client : clients_of(situation)) {
    const Edited edited = TRY(add(situation, *client, true));
    if (edited.changed) done.emplace_back(std::string(client->name));
    if (const auto person = person_of(situation, *client)) note.set("person", static_cast<int64_t>(*person));
  }
  note.set("clients", std::move(done));
  return note;
}

// By whoever asks for it: the file is that of who was there when it was set up.
Result<Edited> remove(const Situation& situation, const ClientFile& client, const json::Object& note) {
  const json::Value* person = note.find("person");
  if (person == nullptr || person->integer() == nullptr || is_for_all_users(situation, client)) {
    const ClientEditor editor(situation.run.around.environment, is_for_all_users(situation, client));
    return editor.remove(client, wanted_of(situation));
  }
  return edit_as(static_cast<uid_t>(*person->integer()), client, {"unconfigure", situation.name.registry});
}

Result<std::string> undo(const Situation& situation, const json::Object& note) {
  const json::Reader reader(note, "the note");
  std::string text;
  for (const json::Value& name : *TRY(reader.array("clients"))) {
    for (const ClientFile& client : client_files()) {
      if (name.text() == nullptr || *name.text() != client.name) continue;
      const Edited edited = TRY(remove(situation, client, note));
      text += std::string(text.empty() ? "" : ", ") + "'" + edited.file + "' is as it was";
    }
  }
  return text;
}

}  // namespace

const Step rows::client_step = {"client", &plan, &act, &undo};

}  // namespace scoped::ctl
