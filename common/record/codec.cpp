#include "common/record/codec.h"

#include <algorithm>
#include <array>
#include <span>

namespace scoped::record {
namespace {

using json::Object;
using json::Reader;
using json::Value;

// Members of schema 1; everything else is carried along unread.
constexpr std::string_view kPassword[] = {"username",   "password",   "slot",
                                          "created_at", "expires_at", "offline_seconds"};
constexpr std::string_view kTop[] = {"schema",     "write_id", "registry", "token", "promoted_at",
                                     "generation", "previous", "pending",  "busy",  "retired",
                                     "external",   "rotator",  "published"};
constexpr std::string_view kPrevious[] = {"free_at"};
constexpr std::string_view kPending[] = {"kind",     "txn",   "owner",      "phase",
                                         "observed", "fence", "claimed_at", "asked_expiry"};

using Names = std::span<const std::string_view>;

bool is_in(Names names, std::string_view key) {
  return std::find(names.begin(), names.end(), key) != names.end();
}

// What stands beside a password and these members.
Object unknown_of(const Object& object, Names known) {
  Object unknown;
  for (const json::Member& member : object.members())
    if (!is_in(kPassword, member.key) && !is_in(known, member.key)) unknown.set(member.key, member.value);
  return unknown;
}

void put_unknown(Object& object, const Object& unknown) {
  for (const json::Member& member : unknown.members()) object.set(member.key, member.value);
}

constexpr std::array<std::string_view, 3> kKinds = {"generate", "retire", "patch"};

Value time_value(Instant at) { return Value(format_rfc3339(at)); }

void put_time(Object& object, const char* key, const std::optional<Instant>& at) {
  if (at) object.set(key, time_value(*at));
}

void put_password(Object& object, const Password& password) {
  object.set("username", password.username);
  object.set("password", password.password.reveal());
  object.set("slot", password.slot);
  object.set("created_at", time_value(password.created_at));
  put_time(object, "expires_at", password.expires_at);
  object.set("offline_seconds", static_cast<int64_t>(password.offline.count()));
}

Object previous_object(const Previous& previous) {
  Object object;
  put_password(object, previous.password);
  put_time(object, "free_at", previous.free_at);
  put_unknown(object, previous.unknown);
  return object;
}

Object pending_object(const Pending& pending) {
  Object object;
  if (pending.generated) put_password(object, *pending.generated);
  object.set("kind", kKinds[static_cast<size_t>(pending.kind)]);
  object.set("txn", pending.txn);
  object.set("owner", pending.owner);
  object.set("slot", pending.slot);
  object.set("phase", pending.phase == PendingPhase::generated ? "generated" : "claimed");
  put_time(object, "observed", pending.observed);
  object.set("fence", time_value(pending.fence));
  object.set("claimed_at", time_value(pending.claimed_at));
  put_time(object, "asked_expiry", pending.asked_expiry);
  put_unknown(object, pending.unknown);
  return object;
}

void put_rare(Object& object, const Record& record) {
  if (record.busy) {
    Object busy;
    busy.set("slot", record.busy->slot);
    busy.set("until", time_value(record.busy->until));
    object.set("busy", std::move(busy));
  }
  if (record.retired) {
    Object retired;
    retired.set("slot", record.retired->slot);
    retired.set("created_at", time_value(record.retired->created_at));
    object.set("retired", std::move(retired));
  }
  const auto put_one = [&object](const char* key, const char* inner,
                                 const std::optional<std::string>& value) {
    if (!value) return;
    Object one;
    one.set(inner, *value);
    object.set(key, std::move(one));
  };
  put_one("external", "slot", record.external_slot);
  if (record.rotator) {
    Object rotator;
    rotator.set("instance", record.rotator->instance);
    if (record.rotator->from) rotator.set("from", time_value(*record.rotator->from));
    object.set("rotator", std::move(rotator));
  }
  if (record.published.empty()) return;
  Object published;
  for (const auto& [id, generation] : record.published) published.set(id, generation);
  object.set("published", std::move(published));
}

// Wipes the texts of a tree that held passwords.
void wipe_tree(Value& value) {
  if (std::string* text = value.text()) wipe(*text);
  if (json::Array* array = value.array())
    for (Value& element : *array) wipe_tree(element);
  if (Object* object = value.object())
    for (json::Member& member : object->members()) wipe_tree(member.value);
}

Result<Instant> read_time(const Reader& from, std::string_view key) {
  return TRY_WITH(parse_rfc3339(TRY(from.text(key))), "'" + std::string(key) + "'");
}

Result<std::optional<Instant>> read_optional_time(const Reader& from, std::string_view key) {
  if (!from.has(key)) return std::optional<Instant>();
  return std::optional<Instant>(TRY(read_time(from, key)));
}

Result<Password> read_password(const Reader& from) {
  Password password;
  password.username = TRY(from.text("username"));
  password.slot = TRY(from.text("slot"));
  password.password = Secret::take(TRY(from.text("password")));
  password.created_at = TRY(read_time(from, "created_at"));
  password.expires_at = TRY(read_optional_time(from, "expires_at"));
  const int64_t offline = TRY(from.integer("offline_seconds"));
  if (password.username.empty() || password.password.empty() || password.slot.empty())
    return fail(ErrorCode::corrupt, "an empty username, password or slot");
  if (offline < 0 || offline > int64_t{100} * 366 * 86'400)
    return fail(ErrorCode::corrupt, "'offline_seconds' is out of range");
  password.offline = Seconds(offline);
  return password;
}

Result<PendingKind> read_kind(const Reader& from) {
  const std::string kind = TRY(from.text("kind"));
  for (size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i] == kind) return static_cast<PendingKind>(i);
  return fail(ErrorCode::corrupt, "'kind' is none that this version knows");
}

Result<Pending> read_pending(const Reader& from) {
  Pending pending;
  pending.kind = TRY(read_kind(from));
  pending.txn = TRY(from.text("txn"));
  pending.owner = TRY(from.text("owner"));
  pending.slot = TRY(from.text("slot"));
  pending.observed = TRY(read_optional_time(from, "observed"));
  pending.fence = TRY(read_time(from, "fence"));
  pending.claimed_at = TRY(read_time(from, "claimed_at"));
  pending.asked_expiry = TRY(read_optional_time(from, "asked_expiry"));
  const std::string phase = TRY(from.text("phase"));
  if (phase != "claimed" && phase != "generated")
    return fail(ErrorCode::corrupt, "'phase' is none that this version knows");
  pending.phase = phase == "generated" ? PendingPhase::generated : PendingPhase::claimed;
  if (pending.phase == PendingPhase::generated) pending.generated = TRY(read_password(from));
  if (pending.phase == PendingPhase::claimed && from.has("password"))
    return fail(ErrorCode::corrupt, "a password in phase 'claimed'");
  pending.unknown = unknown_of(from.raw(), kPending);
  return pending;
}

Result<> read_rare(const Reader& from, Record& record) {
  if (from.has("busy")) {
    const Reader busy = TRY(from.object("busy"));
    Busy& made = record.busy.emplace();
    made.slot = TRY(busy.text("slot"));
    made.until = TRY(read_time(busy, "until"));
  }
  if (from.has("retired")) {
    const Reader retired = TRY(from.object("retired"));
    Retired& made = record.retired.emplace();
    made.slot = TRY(retired.text("slot"));
    made.created_at = TRY(read_time(retired, "created_at"));
  }
  if (from.has("external")) record.external_slot = TRY(TRY(from.object("external")).text("slot"));
  if (from.has("rotator")) {
    const Reader rotator = TRY(from.object("rotator"));
    Rotator& made = record.rotator.emplace();
    made.instance = TRY(rotator.text("instance"));
    made.from = TRY(read_optional_time(rotator, "from"));
  }
  if (!from.has("published")) return {};
  const Reader published = TRY(from.object("published"));
  for (const json::Member& member : published.raw().members())
    record.published[member.key] = TRY(published.integer(member.key));
  return {};
}

Result<> read_passwords(const Reader& from, Record& record) {
  if (from.has("password") || from.has("username")) {
    record.current = TRY(read_password(from));
  } else {
    record.reserved_slot = TRY(from.text("slot"));
  }
  if (from.has("previous")) {
    const Reader previous = TRY(from.object("previous"));
    record.previous.emplace();
    record.previous->password = TRY_WITH(read_password(previous), "'previous'");
    record.previous->free_at = TRY(read_optional_time(previous, "free_at"));
    record.previous->unknown = unknown_of(previous.raw(), kPrevious);
  }
  if (from.has("pending")) record.pending = TRY_WITH(read_pending(TRY(from.object("pending"))), "'pending'");
  return {};
}

// What no writer of ours produces.
Result<> check_consistent(const Record& record) {
  const auto slot_of_current = record.current ? record.current->slot : std::string();
  if (record.registry.empty() || record.token.empty())
    return fail(ErrorCode::corrupt, "an empty registry or token");
  if (record.generation < (record.current ? 1 : 0))
    return fail(ErrorCode::corrupt, "generation " + std::to_string(record.generation) +
                                        (record.current ? " with" : " without") + " a current password");
  if (!record.current && record.reserved_slot.empty())
    return fail(ErrorCode::corrupt, "neither a current password nor a reserved slot");
  if (!record.current && record.previous)
    return fail(ErrorCode::corrupt, "a previous password without a current one");
  if (record.previous && record.previous->password.slot == slot_of_current)
    return fail(ErrorCode::corrupt, "the current and the previous password are in one slot");
  if (record.pending && record.pending->slot.empty()) return fail(ErrorCode::corrupt, "a claim on no slot");
  // Only an early takeover makes one, which leaves the other slot busy.
  if (record.pending && record.pending->slot == slot_of_current &&
      (!record.busy || record.busy->slot == slot_of_current))
    return fail(ErrorCode::corrupt, "a claim on the slot of the current password");
  return {};
}

Result<Record> read_record(const Value& document) {
  const Reader from = TRY(Reader::of(document, "record"));
  const int64_t schema = TRY(from.integer("schema"));
  if (schema != kSchema)
    return fail(ErrorCode::corrupt, "it has schema " + std::to_string(schema) +
                                        " and this version knows schema " + std::to_string(kSchema) +
                                        " only: upgrade docker-credential-scoped");
  Record record;
  record.write_id = TRY(from.text("write_id"));
  record.registry = TRY(from.text("registry"));
  record.token = TRY(from.text("token"));
  record.generation = TRY(from.integer("generation"));
  record.promoted_at = TRY(read_optional_time(from, "promoted_at"));
  TRY(read_passwords(from, record));
  TRY(read_rare(from, record));
  record.unknown = unknown_of(from.raw(), kTop);
  TRY(check_consistent(record));
  return record;
}

}  // namespace

Secret encode(const Record& record) {
  Object object;
  object.set("schema", kSchema);
  object.set("write_id", record.write_id);
  object.set("registry", record.registry);
  object.set("token", record.token);
  if (record.current) {
    put_password(object, *record.current);
  } else {
    object.set("slot", record.reserved_slot);
  }
  put_time(object, "promoted_at", record.promoted_at);
  object.set("generation", record.generation);
  if (record.previous) object.set("previous", previous_object(*record.previous));
  if (record.pending) object.set("pending", pending_object(*record.pending));
  put_rare(object, record);
  put_unknown(object, record.unknown);
  Value document{std::move(object)};
  Secret text = Secret::take(json::dump(document));
  wipe_tree(document);
  return text;
}

Result<Record> parse_record(const Secret& text) {
  auto document = json::parse(text.reveal());
  if (!document) return fail(std::move(document).error().as(ErrorCode::corrupt).within("record"));
  auto record = read_record(*document);
  wipe_tree(*document);
  if (!record) return fail(std::move(record).error().as(ErrorCode::corrupt).within("record"));
  return record;
}

}  // namespace scoped::record
