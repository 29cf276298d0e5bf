#include "tests/emulator/state_json.h"

#include "common/json/value.h"
#include "tests/emulator/times.h"

#include <utility>

namespace scoped::emulator {
namespace {

constexpr int64_t kSchema = 1;
constexpr json::Limits kStateLimits{256 << 20, 16, 20'000'000, false};

json::Value texts(const std::vector<std::string>& list) {
  json::Array array;
  for (const std::string& each : list) array.emplace_back(each);
  return array;
}

json::Value write_facts(const Facts& facts) {
  json::Object object;
  object.set("registry", facts.registry);
  object.set("tenant", facts.tenant);
  object.set("subscription", facts.subscription);
  object.set("resource_group", facts.resource_group);
  object.set("client_id", facts.client_id);
  object.set("client_secret", facts.client_secret.reveal());
  object.set("created_at", arm_time(facts.created_at));
  return object;
}

json::Value write_system(const SystemData& system) {
  json::Object object;
  object.set("created_by", system.created_by);
  object.set("created_at", arm_time(system.created_at));
  object.set("modified_by", system.modified_by);
  object.set("modified_at", arm_time(system.modified_at));
  return object;
}

json::Value write_scope_map(const std::string&, const ScopeMap& map) {
  json::Object object;
  object.set("name", map.name);
  object.set("description", map.description);
  object.set("system_defined", map.system_defined);
  object.set("actions", texts(map.actions));
  object.set("system", write_system(map.system));
  return object;
}

json::Value write_password(const Password& password) {
  json::Object object;
  object.set("slot", password.slot);
  object.set("created_at", arm_time(password.created_at));
  if (password.expires_at) object.set("expires_at", arm_time(*password.expires_at));
  object.set("sha256", password.sha256);
  return object;
}

json::Value write_token(const std::string&, const Token& token) {
  json::Object object;
  object.set("name", token.name);
  object.set("scope_map", token.scope_map);
  object.set("enabled", token.enabled);
  json::Array passwords;
  for (const Password& each : token.passwords) passwords.push_back(write_password(each));
  object.set("passwords", std::move(passwords));
  object.set("system", write_system(token.system));
  return object;
}

json::Value write_admin(const Admin& admin) {
  json::Object object;
  object.set("enabled", admin.enabled);
  for (size_t i = 0; i < kAdminSlots.size(); ++i)
    if (!admin.passwords[i].empty()) object.set(std::string(kAdminSlots[i]), admin.passwords[i].reveal());
  return object;
}

json::Value write_attributes(const std::string& key, const Attributes& attributes) {
  json::Object object;
  object.set("of", key);
  object.set("delete", attributes.can_delete);
  object.set("write", attributes.can_write);
  object.set("read", attributes.can_read);
  object.set("list", attributes.can_list);
  return object;
}

Result<std::map<std::string, Attributes>> read_attributes(const json::Array& list) {
  std::map<std::string, Attributes> all;
  for (const json::Value& each : list) {
    const auto reader = TRY(json::Reader::of(each, "an entry of 'attributes'"));
    Attributes attributes;
    attributes.can_delete = TRY(reader.boolean("delete"));
    attributes.can_write = TRY(reader.boolean("write"));
    attributes.can_read = TRY(reader.boolean("read"));
    attributes.can_list = TRY(reader.boolean("list"));
    const std::string key = TRY(reader.text("of"));
    all[key] = attributes;
  }
  return all;
}

json::Value write_diagnostic_setting(const std::string& name, const std::string& properties) {
  json::Object object;
  object.set("name", name);
  object.set("properties", properties);
  return object;
}

// The document, written piece by piece: as one tree it would take a hundred times its own size. Each entry of
// a list has a line.
class StateText {
 public:
  void member(std::string_view name, const json::Value& value) { begin(name) += json::dump(value); }

  template <typename T>
  void list(std::string_view name, const std::map<std::string, T>& entries,
            json::Value (*write)(const std::string&, const T&)) {
    std::string& text = begin(name);
    std::string_view before = "[\n    ";
    for (const auto& [key, entry] : entries) {
      text += before;
      text += json::dump(write(key, entry));
      before = ",\n    ";
    }
    text += entries.empty() ? "[]" : "\n  ]";
  }

  std::string take() { return std::move(text_) + "\n}\n"; }

 private:
  std::string& begin(std::string_view name) {
    text_ += text_.empty() ? "{\n  " : ",\n  ";
    text_ += json::quote(name);
    return text_ += ": ";
  }
  std::string text_;
};

Result<std::map<std::string, std::string>> read_diagnostics(const json::Array& list) {
  std::map<std::string, std::string> settings;
  for (const json::Value& each : list) {
    const auto reader = TRY(json::Reader::of(each, "an entry of 'diagnostic_settings'"));
    const std::string name = TRY(reader.text("name"));
    settings[name] = TRY(reader.text("properties"));
  }
  return settings;
}

Result<Instant> read_time(const json::Reader& reader, std::string_view key) {
  const std::string text = TRY(reader.text(key));
  return TRY_WITH(parse_arm_time(text), "'" + std::string(key) + "'");
}

Result<Facts> read_facts(const json::Reader& reader) {
  Facts facts;
  facts.registry = TRY(reader.text("registry"));
  facts.tenant = TRY(reader.text("tenant"));
  facts.subscription = TRY(reader.text("subscription"));
  facts.resource_group = TRY(reader.text("resource_group"));
  facts.client_id = TRY(reader.text("client_id"));
  facts.client_secret = Secret::take(TRY(reader.text("client_secret")));
  facts.created_at = TRY(read_time(reader, "created_at"));
  return facts;
}

Result<SystemData> read_system(const json::Reader& reader) {
  SystemData system;
  system.created_by = TRY(reader.text("created_by"));
  system.created_at = TRY(read_time(reader, "created_at"));
  system.modified_by = TRY(reader.text("modified_by"));
  system.modified_at = TRY(read_time(reader, "modified_at"));
  return system;
}

Result<ScopeMap> read_scope_map(const json::Reader& reader) {
  ScopeMap map;
  map.name = TRY(reader.text("name"));
  map.description = TRY(reader.text("description"));
  map.system_defined = TRY(reader.boolean("system_defined"));
  for (const json::Value& action : *TRY(reader.array("actions"))) {
    if (action.text() == nullptr) return fail(ErrorCode::corrupt, "an action is no text");
    map.actions.push_back(*action.text());
  }
  map.system = TRY(read_system(TRY(reader.object("system"))));
  return map;
}

Result<Password> read_password(const json::Reader& reader) {
  Password password;
  password.slot = TRY(reader.text("slot"));
  password.created_at = TRY(read_time(reader, "created_at"));
  if (reader.has("expires_at")) password.expires_at = TRY(read_time(reader, "expires_at"));
  password.sha256 = TRY(reader.text("sha256"));
  return password;
}

Result<Token> read_token(const json::Reader& reader) {
  Token token;
  token.name = TRY(reader.text("name"));
  token.scope_map = TRY(reader.text("scope_map"));
  token.enabled = TRY(reader.boolean("enabled"));
  for (const json::Value& each : *TRY(reader.array("passwords")))
    token.passwords.push_back(TRY(read_password(TRY(json::Reader::of(each, "a password")))));
  token.system = TRY(read_system(TRY(reader.object("system"))));
  return token;
}

Result<Admin> read_admin(const json::Reader& reader) {
  Admin admin;
  admin.enabled = TRY(reader.boolean("enabled"));
  for (size_t i = 0; i < kAdminSlots.size(); ++i)
    if (admin.enabled || reader.has(kAdminSlots[i]))
      admin.passwords[i] = Secret::take(TRY(reader.text(kAdminSlots[i])));
  return admin;
}

template <typename T>
Result<Named<T>> read_all(const json::Reader& reader, std::string_view key,
                          Result<T> (*read)(const json::Reader&)) {
  Named<T> all;
  for (const json::Value& each : *TRY(reader.array(key))) {
    T object = TRY_WITH(read(TRY(json::Reader::of(each, "an entry"))), "'" + std::string(key) + "'");
    std::string name = lower(object.name);
    if (!all.emplace(std::move(name), std::move(object)).second)
      return fail(ErrorCode::corrupt, "'" + std::string(key) + "' has a name twice");
  }
  return all;
}

Result<Contents> read_contents(const json::Reader& reader) {
  if (TRY(reader.integer("schema")) != kSchema) return fail(ErrorCode::corrupt, "'schema' is not 1");
  Contents contents;
  contents.facts = TRY_WITH(read_facts(TRY(reader.object("facts"))), "'facts'");
  contents.last_generated = TRY(read_time(reader, "last_generated"));
  contents.scope_maps = TRY(read_all<ScopeMap>(reader, "scope_maps", read_scope_map));
  contents.tokens = TRY(read_all<Token>(reader, "tokens", read_token));
  if (reader.has("admin")) contents.admin = TRY_WITH(read_admin(TRY(reader.object("admin"))), "'admin'");
  if (reader.has("attributes")) contents.attributes = TRY(read_attributes(*TRY(reader.array("attributes"))));
  if (reader.has("diagnostic_settings"))
    contents.diagnostic_settings = TRY(read_diagnostics(*TRY(reader.array("diagnostic_settings"))));
  for (const auto& [name, token] : contents.tokens)
    if (!contents.scope_maps.contains(lower(token.scope_map)))
      return fail(ErrorCode::corrupt, "token '" + token.name + "' has no scope map");
  return contents;
}

}  // namespace

std::string write_state(const Contents& contents) {
  StateText text;
  text.member("schema", kSchema);
  text.member("facts", write_facts(contents.facts));
  text.member("last_generated", arm_time(contents.last_generated));
  text.member("admin", write_admin(contents.admin));
  text.list("scope_maps", contents.scope_maps, write_scope_map);
  text.list("tokens", contents.tokens, write_token);
  text.list("attributes", contents.attributes, write_attributes);
  text.list("diagnostic_settings", contents.diagnostic_settings, write_diagnostic_setting);
  return text.take();
}

Result<Contents> read_state(std::string_view text) {
  const auto read = [&]() -> Result<Contents> {
    const json::Value document = TRY(json::parse(text, kStateLimits));
    return read_contents(TRY(json::Reader::of(document, "state")));
  };
  auto contents = read();
  if (!contents) return fail(std::move(contents).error().as(ErrorCode::corrupt));
  return contents;
}

}  // namespace scoped::emulator
