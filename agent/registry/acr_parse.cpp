#include "agent/registry/acr_parse.h"

#include "agent/registry/acr_names.h"
#include "common/json/parse_some.h"
#include "common/json/value.h"

#include <initializer_list>

namespace scoped::registry {
namespace {

// A list of 10,000 tokens that comes in one page has some 7 MB and 300,000 values.
constexpr json::Limits kLimits{.bytes = 16 << 20, .depth = 32, .values = 1'000'000, .comments = false};

// Most of what Azure says of each thing, and none of ours (acr-and-azure.md section 1).
constexpr std::string_view kUnread[] = {"id", "systemData", "tags"};

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::corrupt, std::move(what)); }

void wipe_texts(json::Value& value) {
  if (std::string* text = value.text()) wipe(*text);
  if (json::Array* array = value.array())
    for (json::Value& each : *array) wipe_texts(each);
  if (json::Object* object = value.object())
    for (json::Member& each : object->members()) wipe_texts(each.value);
}

// The body as a tree that is wiped when it goes. It stays where it is: a move would leave short texts behind.
class Document {
 public:
  explicit Document(std::string_view body)
      : root_(json::parse_some(body, kLimits, kUnread)), empty_(body.empty()) {}
  ~Document() {
    if (root_) wipe_texts(*root_);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  Result<json::Reader> reader() const {
    if (empty_) return fail(ErrorCode::unavailable, "the answer is empty");
    if (!root_) return fail(ErrorCode::unavailable, "the answer is not JSON (" + root_.error().line() + ")");
    return of(*root_, "the answer");
  }
  static Result<json::Reader> of(const json::Value& value, const std::string& where) {
    auto reader = json::Reader::of(value, where);
    if (!reader) return fail(std::move(reader).error().as(ErrorCode::corrupt));
    return reader;
  }

 private:
  Result<json::Value> root_;
  bool empty_;
};

// A wrong member is a fault of the answer, not of our input.
template <typename T>
Result<T> needed(Result<T> value) {
  if (!value) return fail(std::move(value).error().as(ErrorCode::corrupt));
  return value;
}

Result<std::string> read_name(const json::Reader& reader, std::string_view key) {
  std::string name = TRY(needed(reader.text(key)));
  if (!check_name("", name)) return wrong("'" + std::string(key) + "' is not a plain name");
  return name;
}

Result<Instant> read_instant(const json::Reader& reader, std::string_view key) {
  const auto at = parse_rfc3339(TRY(needed(reader.text(key))));
  if (!at) return wrong("'" + std::string(key) + "' is not a time");
  return *at;
}

Result<SlotState> read_slot(const json::Value& value) {
  const json::Reader reader = TRY(Document::of(value, "a password"));
  SlotState slot;
  slot.name = TRY(read_name(reader, "name"));
  slot.created_at = TRY(read_instant(reader, "creationTime"));
  if (reader.has("expiry")) slot.expires_at = TRY(read_instant(reader, "expiry"));
  return slot;
}

Result<std::vector<SlotState>> read_slots(const json::Reader& holder) {
  std::vector<SlotState> slots;
  if (!holder.has("passwords")) return slots;
  for (const json::Value& each : *TRY(needed(holder.array("passwords")))) {
    SlotState slot = TRY(read_slot(each));
    for (const SlotState& other : slots)
      if (other.name == slot.name) return wrong("'passwords' names '" + slot.name + "' twice");
    slots.push_back(std::move(slot));
  }
  return slots;
}

std::string last_part(std::string_view id) { return std::string(id.substr(id.rfind('/') + 1)); }

Result<TokenState> read_token(const json::Reader& reader) {
  TokenState token;
  token.name = TRY(read_name(reader, "name"));
  const json::Reader properties = TRY(needed(reader.object("properties")));
  token.scope_map = last_part(TRY(needed(properties.text_or("scopeMapId", ""))));
  // What we do not know is not enabled: such a token is reported and left alone.
  token.enabled = is_same_word(TRY(needed(properties.text_or("status", "enabled"))), "enabled");
  token.provisioning = TRY(needed(properties.text_or("provisioningState", "")));
  if (properties.has("credentials"))
    token.slots = TRY(read_slots(TRY(needed(properties.object("credentials")))));
  return token;
}

Result<ScopeMapState> read_scope_map(const json::Reader& reader) {
  ScopeMapState map;
  map.name = TRY(read_name(reader, "name"));
  const json::Reader properties = TRY(needed(reader.object("properties")));
  map.description = TRY(needed(properties.text_or("description", "")));
  map.system_defined = is_same_word(TRY(needed(properties.text_or("type", ""))), "SystemDefined");
  if (!properties.has("actions")) return map;
  for (const json::Value& each : *TRY(needed(properties.array("actions")))) {
    if (each.text() == nullptr) return wrong("an element of 'actions' is not a text");
    map.actions.push_back(*each.text());
  }
  return map;
}

Result<RegistryState> read_registry(const json::Reader& reader) {
  RegistryState state;
  state.name = TRY(read_name(reader, "name"));
  if (reader.has("location")) state.location = TRY(needed(reader.text("location")));
  if (reader.has("sku")) state.sku = TRY(needed(TRY(needed(reader.object("sku"))).text_or("name", "")));
  const json::Reader properties = TRY(needed(reader.object("properties")));
  state.login_server = TRY(needed(properties.text_or("loginServer", "")));
  const auto is_on = [&properties](std::string_view key) -> Result<bool> {
    return properties.has(key) && TRY(needed(properties.boolean(key)));
  };
  state.admin_enabled = TRY(is_on("adminUserEnabled"));
  state.anonymous_pull = TRY(is_on("anonymousPullEnabled"));
  state.public_access =
      !is_same_word(TRY(needed(properties.text_or("publicNetworkAccess", "Enabled"))), "Disabled");
  if (!properties.has("dataEndpointHostNames")) return state;
  for (const json::Value& each : *TRY(needed(properties.array("dataEndpointHostNames")))) {
    if (each.text() == nullptr) return wrong("an element of 'dataEndpointHostNames' is not a text");
    state.data_endpoints.push_back(*each.text());
  }
  return state;
}

template <typename T>
Result<T> parse_one(std::string_view body, Result<T> (*read)(const json::Reader&)) {
  const Document document(body);
  return read(TRY(document.reader()));
}

template <typename T>
Result<Page<T>> parse_page(std::string_view body, Result<T> (*read)(const json::Reader&)) {
  const Document document(body);
  const json::Reader reader = TRY(document.reader());
  Page<T> page;
  page.next = TRY(needed(reader.text_or("nextLink", "")));
  const json::Array& items = *TRY(needed(reader.array("value")));
  page.items.reserve(items.size());
  for (const json::Value& each : items) {
    const std::string where = "element " + std::to_string(page.items.size() + 1) + " of 'value'";
    page.items.push_back(TRY_WITH(read(TRY(Document::of(each, where))), where));
  }
  return page;
}

bool is_slot(const json::Value& value, std::string_view slot) {
  const json::Value* name = value.at({"name"});
  return name != nullptr && name->text() != nullptr && *name->text() == slot;
}

// Null where there is none, or an empty one.
const std::string* password_of(const json::Value& slot) {
  const json::Value* value = slot.at({"value"});
  const std::string* text = value == nullptr ? nullptr : value->text();
  return text == nullptr || text->empty() ? nullptr : text;
}

// A state that is none of these is still on its way: ARM adds words.
Progress progress_of(std::string_view state) {
  if (is_same_word(state, "Succeeded")) return Progress::succeeded;
  for (std::string_view end : {"Failed", "Canceled", "Cancelled"})
    if (is_same_word(state, end)) return Progress::failed;
  return Progress::running;
}

}  // namespace

Result<TokenState> parse_token(std::string_view body) { return parse_one<TokenState>(body, &read_token); }

Result<ScopeMapState> parse_scope_map(std::string_view body) {
  return parse_one<ScopeMapState>(body, &read_scope_map);
}

Result<RegistryState> parse_registry(std::string_view body) {
  return parse_one<RegistryState>(body, &read_registry);
}

Result<Page<TokenState>> parse_token_page(std::string_view body) {
  return parse_page<TokenState>(body, &read_token);
}

Result<Page<ScopeMapState>> parse_scope_map_page(std::string_view body) {
  return parse_page<ScopeMapState>(body, &read_scope_map);
}

std::string hint_of_next(std::string_view body) {
  const size_t end = body.rfind(']');
  if (end == std::string_view::npos) return "";
  const size_t comma = body.find(',', end);
  if (comma == std::string_view::npos) return "";
  const auto rest = json::parse("{" + std::string(body.substr(comma + 1)), kLimits);
  const json::Value* next = rest ? rest->at({"nextLink"}) : nullptr;
  return next != nullptr && next->text() != nullptr ? *next->text() : "";
}

Result<Generated> parse_generated(std::string_view body, std::string_view slot) {
  const Document document(body);
  json::Reader reader = TRY(document.reader());
  if (!reader.has("passwords") && reader.has("properties")) reader = TRY(needed(reader.object("properties")));
  Generated generated;
  generated.username = TRY(needed(reader.text("username")));
  if (generated.username.empty()) return wrong("'username' is empty");
  const json::Value* mine = nullptr;
  bool other_has_value = false;
  for (const json::Value& each : *TRY(needed(reader.array("passwords")))) {
    if (!is_slot(each, slot)) {
      other_has_value = other_has_value || password_of(each) != nullptr;
      continue;
    }
    if (mine != nullptr) return wrong("'passwords' names '" + std::string(slot) + "' twice");
    mine = &each;
  }
  if (mine == nullptr || password_of(*mine) == nullptr)
    return wrong(other_has_value ? "it holds the password of another slot than '" + std::string(slot) + "'"
                                 : "it holds no password of '" + std::string(slot) + "', told only once");
  const SlotState state = TRY(read_slot(*mine));
  generated.slot = state.name;
  generated.created_at = state.created_at;
  generated.expires_at = state.expires_at;
  generated.password = Secret(*password_of(*mine));
  return generated;
}

Result<Progress> parse_provisioning(std::string_view body) {
  const Document document(body);
  const json::Reader reader = TRY(document.reader());
  const json::Reader properties = TRY(needed(reader.object("properties")));
  return progress_of(TRY(needed(properties.text_or("provisioningState", "Succeeded"))));
}

Result<Progress> parse_operation(std::string_view body) {
  const Document document(body);
  return progress_of(TRY(needed(TRY(document.reader()).text("status"))));
}

std::string parse_error_code(std::string_view body) {
  const Document document(body);
  const auto reader = document.reader();
  if (!reader || !reader->has("error")) return "";
  const json::Value* code = reader->raw().find("error")->at({"code"});
  const std::string* text = code == nullptr ? nullptr : code->text();
  if (text == nullptr || text->find_first_of("-_") != std::string::npos || !check_name("", *text)) return "";
  return *text;
}

Result<Secret> parse_secret(std::string_view body, std::string_view key) {
  const Document document(body);
  const json::Value* value = TRY(document.reader()).raw().find(key);
  if (value != nullptr && value->text() != nullptr && !value->text()->empty()) return Secret(*value->text());
  return wrong("it has no '" + std::string(key) + "'");
}

Result<std::vector<std::string>> parse_repositories(std::string_view body) {
  const Document document(body);
  const json::Reader reader = TRY(document.reader());
  std::vector<std::string> names;
  if (!reader.has("repositories")) return names;
  for (const json::Value& each : *TRY(needed(reader.array("repositories")))) {
    if (each.text() == nullptr) return wrong("an element of 'repositories' is not a text");
    names.push_back(*each.text());
  }
  return names;
}

bool has_access_token(std::string_view body) {
  const Document document(body);
  const auto reader = document.reader();
  if (!reader) return false;
  for (std::string_view key : {"access_token", "token"}) {
    const json::Value* token = reader->raw().find(key);
    if (token != nullptr && token->text() != nullptr && !token->text()->empty()) return true;
  }
  return false;
}

}  // namespace scoped::registry
