// How ARM's bodies are read, and how its resources are shown.
#include "tests/emulator/arm.h"
#include "tests/emulator/times.h"

#include <fmt/format.h>

namespace scoped::emulator {
namespace {

constexpr std::string_view kLocation = "local";
constexpr std::string_view kType = "Microsoft.ContainerRegistry/registries";

Refusal invalid_content(const Error& error) {
  return {400, "InvalidRequestContent",
          fmt::format("The request content was invalid and could not be deserialized: {}.", error.line())};
}

// Runs a reader of JSON and turns its Error into ARM's 400.
template <typename T>
Outcome<T> read_body(const std::string& body, Result<T> (*read)(const json::Reader&)) {
  const auto parsed = [&]() -> Result<T> {
    const json::Value document = TRY(json::parse(body));
    return read(TRY(json::Reader::of(document, "the body")));
  }();
  if (!parsed) return tl::unexpected<Refusal>(invalid_content(parsed.error()));
  return *parsed;
}

Result<std::vector<std::string>> read_texts(const json::Array& array, std::string_view what) {
  std::vector<std::string> result;
  for (const json::Value& each : array) {
    if (each.text() == nullptr)
      return fail(ErrorCode::invalid_input, fmt::format("'{}' holds something that is no text", what));
    result.push_back(*each.text());
  }
  return result;
}

Result<ScopeMapBody> scope_map_of(const json::Reader& reader) {
  const json::Reader properties = TRY(reader.object("properties"));
  ScopeMapBody body;
  if (properties.has("description")) body.description = TRY(properties.text("description"));
  if (properties.has("actions")) body.actions = TRY(read_texts(*TRY(properties.array("actions")), "actions"));
  return body;
}

// The names of a keep-list. A value is refused: passwords can only be generated.
Result<std::vector<std::string>> keep_list(const json::Array& passwords) {
  std::vector<std::string> names;
  for (const json::Value& each : passwords) {
    const json::Reader entry = TRY(json::Reader::of(each, "an entry of 'passwords'"));
    if (entry.has("value")) return fail(ErrorCode::invalid_input, "a password can only be generated");
    names.push_back(TRY(entry.text("name")));
  }
  return names;
}

Result<TokenBody> token_of(const json::Reader& reader) {
  const json::Reader properties = TRY(reader.object("properties"));
  TokenBody body;
  if (properties.has("scopeMapId")) body.scope_map_id = TRY(properties.text("scopeMapId"));
  if (properties.has("status")) {
    const std::string status = TRY(properties.text("status"));
    if (status != "enabled" && status != "disabled")
      return fail(ErrorCode::invalid_input, "'status' is neither 'enabled' nor 'disabled'");
    body.enabled = status == "enabled";
  }
  if (!properties.has("credentials")) return body;
  const json::Reader credentials = TRY(properties.object("credentials"));
  if (credentials.has("certificates") && !TRY(credentials.array("certificates"))->empty())
    return fail(ErrorCode::invalid_input, "certificates are not supported");
  if (credentials.has("passwords")) body.keep = TRY(keep_list(*TRY(credentials.array("passwords"))));
  return body;
}

Result<GenerateBody> generate_of(const json::Reader& reader) {
  GenerateBody body;
  body.token_id = TRY(reader.text("tokenId"));
  if (reader.has("name")) body.slot = TRY(reader.text("name"));
  if (reader.has("expiry"))
    body.expires_at = TRY_WITH(parse_arm_time(TRY(reader.text("expiry"))), "'expiry'");
  return body;
}

// What else a PATCH may change is refused, so that nobody believes that it was.
Result<std::optional<bool>> admin_enabled_of(const json::Reader& reader) {
  if (!reader.has("properties")) return std::optional<bool>();
  const json::Reader properties = TRY(reader.object("properties"));
  for (const json::Member& member : properties.raw().members())
    if (member.key != "adminUserEnabled" && member.value.type() != json::Type::null)
      return fail(ErrorCode::invalid_input,
                  fmt::format("'{}' of a registry cannot be changed here", member.key));
  if (!properties.has("adminUserEnabled")) return std::optional<bool>();
  return std::optional<bool>(TRY(properties.boolean("adminUserEnabled")));
}

Result<std::string> properties_in(const json::Reader& reader) {
  return json::dump(TRY(reader.object("properties")).raw());
}

Result<std::string> name_in(const json::Reader& reader) { return reader.text("name"); }

json::Object sku(const Limits& limits) {
  json::Object object;
  object.set("name", limits.tier);
  object.set("tier", limits.tier);
  return object;
}

json::Object policies() {
  json::Object as_arm;
  as_arm.set("status", "enabled");
  json::Object soft_delete;
  soft_delete.set("retentionDays", 7);
  soft_delete.set("status", "disabled");
  json::Object object;
  object.set("azureADAuthenticationAsArmPolicy", std::move(as_arm));
  object.set("softDeletePolicy", std::move(soft_delete));
  return object;
}

json::Value show(const SystemData& system) {
  json::Object object;
  object.set("createdBy", system.created_by);
  object.set("createdByType", "Application");
  object.set("createdAt", arm_time(system.created_at));
  object.set("lastModifiedBy", system.modified_by);
  object.set("lastModifiedByType", "Application");
  object.set("lastModifiedAt", arm_time(system.modified_at));
  return object;
}

json::Object resource(std::string type, std::string id, const std::string& name) {
  json::Object object;
  object.set("type", std::move(type));
  object.set("id", std::move(id));
  object.set("name", name);
  return object;
}

}  // namespace

Outcome<ScopeMapBody> read_scope_map_body(const std::string& body) { return read_body(body, scope_map_of); }
Outcome<TokenBody> read_token_body(const std::string& body) { return read_body(body, token_of); }
Outcome<GenerateBody> read_generate_body(const std::string& body) { return read_body(body, generate_of); }
Outcome<std::optional<bool>> read_admin_enabled(const std::string& body) {
  return read_body(body, admin_enabled_of);
}
Outcome<std::string> read_name(const std::string& body) { return read_body(body, name_in); }
Outcome<std::string> read_properties(const std::string& body) { return read_body(body, properties_in); }

json::Value show_resource(const Model& model) {
  const Facts& facts = model.facts();
  json::Object object = resource(std::string(kType), model.registry_id(), facts.registry);
  object.set("location", kLocation);
  object.set("tags", json::Object());
  object.set("sku", sku(model.limits()));
  return object;
}

json::Value show_registry(const Model& model, const std::string& login_server) {
  const Facts& facts = model.facts();
  json::Object properties;
  properties.set("loginServer", login_server);
  properties.set("creationDate", arm_time(facts.created_at));
  properties.set("provisioningState", "Succeeded");
  properties.set("adminUserEnabled", model.contents().admin.enabled);
  properties.set("policies", policies());
  properties.set("anonymousPullEnabled", false);
  properties.set("publicNetworkAccess", "Enabled");
  json::Value shown = show_resource(model);
  shown.object()->set("properties", std::move(properties));
  return shown;
}

json::Value show(const Model& model, const ScopeMap& map) {
  json::Array actions;
  for (const std::string& action : map.actions) actions.emplace_back(action);
  json::Object properties;
  properties.set("description", map.description);
  properties.set("type", map.system_defined ? "SystemDefined" : "UserDefined");
  properties.set("creationDate", arm_time(map.system.created_at));
  properties.set("provisioningState", "Succeeded");
  properties.set("actions", std::move(actions));
  json::Object object =
      resource(fmt::format("{}/scopeMaps", kType), model.child_id("scopeMaps", map.name), map.name);
  object.set("systemData", show(map.system));
  object.set("properties", std::move(properties));
  return object;
}

json::Value show(const Password& password) {
  json::Object object;
  object.set("creationTime", arm_time(password.created_at));
  if (password.expires_at) object.set("expiry", arm_time(*password.expires_at));
  object.set("name", password.slot);
  return object;
}

json::Value show(const Model& model, const Token& token) {
  json::Array passwords;
  for (const Password& each : token.passwords) passwords.push_back(show(each));
  json::Object credentials;
  credentials.set("passwords", std::move(passwords));
  json::Object properties;
  properties.set("creationDate", arm_time(token.system.created_at));
  properties.set("provisioningState", token.provisioning);
  properties.set("scopeMapId", model.child_id("scopeMaps", token.scope_map));
  properties.set("credentials", std::move(credentials));
  properties.set("status", token.enabled ? "enabled" : "disabled");
  json::Object object =
      resource(fmt::format("{}/tokens", kType), model.child_id("tokens", token.name), token.name);
  object.set("systemData", show(token.system));
  object.set("properties", std::move(properties));
  return object;
}

}  // namespace scoped::emulator
