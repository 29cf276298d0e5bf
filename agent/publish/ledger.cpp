#include "agent/publish/ledger.h"

#include "common/base/file.h"
#include "common/json/value.h"

namespace scoped::publish {
namespace {

constexpr size_t kLongest = 16 << 20;
constexpr json::Limits kLimits{.bytes = kLongest, .depth = 4, .values = 500'000};
constexpr const char* kFile = "/published.json";

}  // namespace

Result<Ledger> read_ledger(const std::string& state_folder) {
  const std::string path = state_folder + kFile;
  Ledger ledger;
  if (!file_exists(path)) return ledger;
  const std::string text = TRY(read_file(path, kLongest));
  const json::Value document = TRY_WITH(json::parse(text, kLimits), "read '" + path + "'");
  const json::Value* list = document.at({"list"});
  if (list == nullptr || list->array() == nullptr)
    return fail(ErrorCode::corrupt, "'" + path + "' is damaged: remove it, and everybody is looked at again");
  for (const json::Value& each : *list->array()) {
    const json::Reader from = TRY(json::Reader::of(each, "a line of '" + path + "'"));
    std::string publisher = TRY(from.text("publisher"));
    std::string consumer = TRY(from.text("consumer"));
    ledger[{std::move(publisher), std::move(consumer)}] = TRY(from.integer("generation"));
  }
  return ledger;
}

Result<> write_ledger(const std::string& state_folder, const Ledger& ledger) {
  json::Array list;
  for (const auto& [who, generation] : ledger) {
    json::Object object;
    object.set("publisher", who.first);
    object.set("consumer", who.second);
    object.set("generation", generation);
    list.push_back(std::move(object));
  }
  json::Object document;
  document.set("list", std::move(list));
  TRY(make_folders(state_folder, 0700));
  return write_file_atomically(state_folder + kFile, json::dump(json::Value(std::move(document))) + "\n",
                               0600);
}

}  // namespace scoped::publish
