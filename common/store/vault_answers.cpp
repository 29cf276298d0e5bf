#include "common/store/vault_answers.h"

#include "common/json/value.h"

#include <array>

namespace scoped::store {
namespace {

constexpr json::Limits kLimits{.bytes = 4 << 20, .depth = 32, .values = 200'000, .comments = false};

struct Row {
  std::string_view text;
  Refusal refusal;
};

// The literals still say "Vault" in OpenBao.
constexpr std::array kRows = {
    Row{"check-and-set parameter did not match", Refusal::cas_mismatch},
    Row{"check-and-set parameter required", Refusal::cas_required},
    Row{"Upgrading from non-versioned to versioned data", Refusal::upgrading},
    Row{"Waiting for the primary to upgrade", Refusal::upgrading},
    Row{"no handler for route", Refusal::no_mount},
    Row{"namespace not found", Refusal::no_mount},
    Row{"Invalid path for a versioned K/V secrets engine", Refusal::wrong_version},
    Row{"locked by an administrator", Refusal::namespace_locked},
    Row{"is sealed", Refusal::sealed},
    Row{"missing client token", Refusal::denied},  // of a vault that does not know inline logins
    Row{"inline authentication with login MFA", Refusal::second_factor},
    Row{"local node not active", Refusal::no_active_node},
    Row{"no active Vault instance", Refusal::no_active_node},
    Row{"node is not active", Refusal::no_active_node},
};

tl::unexpected<Error> no_answer(std::string_view why) {
  return fail(ErrorCode::unavailable, "that is no answer of a vault: " + std::string(why));
}

Result<json::Value> read_envelope(std::string_view body) {
  auto document = json::parse(body, kLimits);
  if (!document || document->object() == nullptr) return no_answer("no JSON object");
  return document;
}

const json::Object* object_at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* found = value.at(path);
  return found == nullptr ? nullptr : found->object();
}

// The texts leave no copy behind in a tree that the wiping heap may not cover.
void wipe_tree(json::Value& value) {
  if (std::string* text = value.text()) wipe(*text);
  if (json::Array* array = value.array())
    for (json::Value& element : *array) wipe_tree(element);
  if (json::Object* object = value.object())
    for (json::Member& member : object->members()) wipe_tree(member.value);
}

Secret map_text(const json::Object& map) { return Secret::take(json::dump(json::Value(map))); }

Result<VaultDocument> read_version(const json::Object& metadata) {
  const json::Reader reader(metadata, "its metadata");
  const auto version = reader.integer("version");
  const auto deletion = reader.text_or("deletion_time", "");
  if (!version || *version < 1 || !deletion) return no_answer("no metadata of a version");
  VaultDocument document;
  document.version = *version;
  document.vanishes = !deletion->empty();
  return document;
}

Refusal refusal_of_text(std::string_view text) {
  for (const Row& row : kRows)
    if (text.find(row.text) != std::string_view::npos) return row.refusal;
  return Refusal::none;
}

Refusal refusal_of_texts(const json::Value* list) {
  if (list == nullptr || list->array() == nullptr) return Refusal::none;
  for (const json::Value& each : *list->array())
    if (each.text() != nullptr)
      if (const Refusal refusal = refusal_of_text(*each.text()); refusal != Refusal::none) return refusal;
  return Refusal::none;
}

// The first known text of "errors", or else of "warnings", where a wrong path is told; `empty` tells a list
// of errors without any.
Refusal refusal_of_errors(std::string_view body, bool& empty) {
  const auto document = json::parse(body, kLimits);
  if (!document) return Refusal::none;
  const json::Value* errors = document->at({"errors"});
  empty = errors != nullptr && errors->array() != nullptr && errors->array()->empty();
  const Refusal refusal = refusal_of_texts(errors);
  return refusal != Refusal::none ? refusal : refusal_of_texts(document->at({"warnings"}));
}

}  // namespace

Refusal refusal_of(int status, std::string_view body) {
  if (status >= 200 && status < 300) return Refusal::none;
  if (status >= 300 && status < 400) return Refusal::redirect;
  bool empty = false;
  if (const Refusal known = refusal_of_errors(body, empty); known != Refusal::none) return known;
  if (status == 403) return Refusal::denied;
  if (status == 404 && empty) return Refusal::missing;
  if (status == 429) return Refusal::quota;
  if (status == 412 || status >= 500) return Refusal::unavailable;
  return Refusal::other;
}

Result<VaultDocument> parse_vault_document(std::string_view body) {
  json::Value envelope = TRY(read_envelope(body));
  const json::Object* metadata = object_at(envelope, {"data", "metadata"});
  if (metadata == nullptr) return no_answer("it has no 'data.metadata'");
  auto document = read_version(*metadata);
  const json::Object* data = object_at(envelope, {"data", "data"});
  if (document && data != nullptr && !data->empty()) {
    document->is_live = true;
    document->data = map_text(*data);
  }
  wipe_tree(envelope);
  return document;
}

Result<VaultDocument> parse_vault_written(std::string_view body) {
  const json::Value envelope = TRY(read_envelope(body));
  const json::Object* data = object_at(envelope, {"data"});
  if (data == nullptr) return no_answer("it has no 'data'");
  return read_version(*data);
}

Result<Secret> parse_vault_map(std::string_view body) {
  json::Value envelope = TRY(read_envelope(body));
  const json::Object* data = object_at(envelope, {"data"});
  if (data == nullptr) return no_answer("it has no 'data'");
  Secret text = map_text(*data);
  wipe_tree(envelope);
  return text;
}

Result<std::vector<std::string>> parse_vault_keys(std::string_view body) {
  const json::Value envelope = TRY(read_envelope(body));
  const json::Value* keys = envelope.at({"data", "keys"});
  if (keys == nullptr || keys->array() == nullptr) return no_answer("it has no 'data.keys'");
  std::vector<std::string> names;
  for (const json::Value& each : *keys->array()) {
    if (each.text() == nullptr) return no_answer("a key is no text");
    names.push_back(*each.text());
  }
  return names;
}

Result<bool> parse_deletes_versions(std::string_view body) {
  const json::Value envelope = TRY(read_envelope(body));
  const json::Object* data = object_at(envelope, {"data"});
  const json::Value* after = data == nullptr ? nullptr : data->find("delete_version_after");
  if (after == nullptr || after->text() == nullptr) return no_answer("it has no 'delete_version_after'");
  const std::string& text = *after->text();
  return text != "0s" && text != "0" && !text.starts_with('-');
}

Result<VaultMount> parse_vault_mount(std::string_view body) {
  const json::Value envelope = TRY(read_envelope(body));
  const json::Value* type = envelope.at({"data", "type"});
  if (type == nullptr || type->text() == nullptr) return no_answer("it has no 'data.type'");
  VaultMount mount;
  mount.type = *type->text();
  const json::Value* version = envelope.at({"data", "options", "version"});
  if (version != nullptr && version->text() != nullptr && *version->text() == "2") mount.version = 2;
  return mount;
}

}  // namespace scoped::store
