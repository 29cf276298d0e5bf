#include "agent/publish/hooks.h"
#include "common/base/file.h"
#include "common/json/value.h"

#include <sys/stat.h>

namespace scoped::publish {
namespace {

constexpr size_t kLongest = 16 << 20;
constexpr json::Limits kLimits{.bytes = kLongest, .depth = 4, .values = 500'000};
constexpr const char* kEvents = "/hook-events.json";
constexpr const char* kLedger = "/hook-ledger.json";

void put_token(json::Object& object, const record::RecordName& token) {
  object.set("registry", token.registry);
  object.set("token", token.token);
}

Result<record::RecordName> read_token(const json::Reader& from) {
  std::string registry = TRY(from.text("registry"));
  std::string token = TRY(from.text("token"));
  return record::RecordName{std::move(registry), std::move(token)};
}

// The list under "list"; nothing where there is no file.
Result<json::Array> read_list(const std::string& path) {
  if (!file_exists(path)) return json::Array();
  const std::string text = TRY(read_file(path, kLongest));
  json::Value document = TRY_WITH(json::parse(text, kLimits), "read '" + path + "'");
  json::Value* list = document.object() != nullptr ? document.object()->find("list") : nullptr;
  if (list == nullptr || list->array() == nullptr)
    return fail(ErrorCode::corrupt, "'" + path + "' is damaged: remove it, and every hook is run again");
  return std::move(*list->array());
}

Result<> write_list(const std::string& folder, const char* name, json::Array list) {
  json::Object document;
  document.set("list", std::move(list));
  TRY(make_folders(folder, 0700));
  return write_file_atomically(folder + name, json::dump(json::Value(std::move(document))) + "\n", 0600);
}

Result<Occasion> read_occasion(const json::Reader& from) {
  const std::string text = TRY(from.text("occasion"));
  for (const Occasion each : {Occasion::deploy, Occasion::fail})
    if (text == folder_name(each)) return each;
  return fail(ErrorCode::corrupt, "unknown occasion in the hooks' events");
}

// Only root and `self` may have a say in what is run.
Result<bool> may_be_run(const std::string& path, uid_t self, bool is_folder) {
  struct stat seen {};
  if (stat(path.c_str(), &seen) != 0) return false;
  const bool right_kind =
      is_folder ? S_ISDIR(seen.st_mode) : S_ISREG(seen.st_mode) && (seen.st_mode & 0111) != 0;
  if (!right_kind) return false;
  if ((seen.st_uid != 0 && seen.st_uid != self) || (seen.st_mode & 0022) != 0)
    return fail(ErrorCode::denied, "'" + path + "' may be changed by others: no hook is run from it");
  return true;
}

Result<> add_hooks(const std::string& hooks_folder, Occasion occasion, uid_t self,
                   std::vector<std::string>& hooks) {
  const std::string folder = hooks_folder + "/" + std::string(folder_name(occasion));
  if (!TRY(may_be_run(folder, self, true))) return {};
  for (const std::string& name : TRY(list_folder(folder)))
    if (is_hook_name(name) && TRY(may_be_run(folder + "/" + name, self, false)))
      hooks.push_back(std::string(folder_name(occasion)) + "/" + name);
  return {};
}

}  // namespace

Result<HookEvents> read_hook_events(const std::string& state_folder) {
  HookEvents events;
  for (const json::Value& each : TRY(read_list(state_folder + kEvents))) {
    const json::Reader from = TRY(json::Reader::of(each, "an event of a hook"));
    record::RecordName token = TRY(read_token(from));
    const Occasion occasion = TRY(read_occasion(from));
    const int64_t number = TRY(from.integer("number"));
    std::string reason = TRY(from.text_or("reason", ""));
    events[{std::move(token), occasion}] = {number, std::move(reason)};
  }
  return events;
}

Result<> write_hook_events(const std::string& state_folder, const HookEvents& events) {
  json::Array list;
  for (const auto& [what, event] : events) {
    json::Object object;
    put_token(object, what.first);
    object.set("occasion", folder_name(what.second));
    object.set("number", event.number);
    if (!event.reason.empty()) object.set("reason", event.reason);
    list.push_back(std::move(object));
  }
  return write_list(state_folder, kEvents, std::move(list));
}

Result<HookLedger> read_hook_ledger(const std::string& state_folder) {
  HookLedger ledger;
  for (const json::Value& each : TRY(read_list(state_folder + kLedger))) {
    const json::Reader from = TRY(json::Reader::of(each, "a line of the hooks' ledger"));
    std::string hook = TRY(from.text("hook"));
    record::RecordName token = TRY(read_token(from));
    const int64_t number = TRY(from.integer("number"));
    const bool ok = TRY(from.boolean("ok"));
    ledger[{std::move(hook), std::move(token)}] = {number, ok};
  }
  return ledger;
}

Result<> write_hook_ledger(const std::string& state_folder, const HookLedger& ledger) {
  json::Array list;
  for (const auto& [what, outcome] : ledger) {
    json::Object object;
    object.set("hook", what.first);
    put_token(object, what.second);
    object.set("number", outcome.number);
    object.set("ok", outcome.ok);
    list.push_back(std::move(object));
  }
  return write_list(state_folder, kLedger, std::move(list));
}

Result<std::vector<std::string>> list_hooks(const std::string& hooks_folder, uid_t self) {
  std::vector<std::string> hooks;
  if (!TRY(may_be_run(hooks_folder, self, true))) return hooks;
  for (const Occasion occasion : {Occasion::deploy, Occasion::fail})
    TRY(add_hooks(hooks_folder, occasion, self, hooks));
  return hooks;
}

}  // namespace scoped::publish
