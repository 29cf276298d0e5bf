#include "agent/ctl/clients/ledger.h"

#include "common/base/file.h"
#include "common/json/value.h"

#include <unistd.h>

namespace scoped::ctl {
namespace {

constexpr size_t kLongest = 1 << 20;

std::string file_in(const std::string& folder) { return folder + "/clients.json"; }

Result<std::vector<std::string>> texts_at(const json::Reader& reader, const char* key) {
  std::vector<std::string> texts;
  for (const json::Value& each : *TRY(reader.array(key))) {
    if (each.text() == nullptr)
      return fail(ErrorCode::corrupt, "'" + std::string(key) + "' is no list of texts");
    texts.push_back(*each.text());
  }
  return texts;
}

Result<LedgerEntry> parse_entry(const json::Value& value) {
  const json::Reader reader = TRY(json::Reader::of(value, "an entry"));
  LedgerEntry entry;
  entry.client = TRY(reader.text("client"));
  entry.host = TRY(reader.text("host"));
  entry.helper = TRY(reader.text("helper"));
  entry.file = TRY(reader.text("file"));
  entry.made_file = TRY(reader.boolean("made_file"));
  entry.made_folders = TRY(texts_at(reader, "made_folders"));
  entry.ledger_folders = TRY(texts_at(reader, "ledger_folders"));
  const int64_t at = TRY(reader.integer("at"));
  if (at < 0) return fail(ErrorCode::corrupt, "'at' is negative");
  entry.splice = {static_cast<size_t>(at), TRY(reader.text("removed")), TRY(reader.text("inserted"))};
  return entry;
}

}  // namespace

std::string undo_folder(const Environment& environment, bool system) {
  if (system) return "/var/lib/docker-credential-scoped";
  if (const auto state = environment.get("XDG_STATE_HOME")) return *state + "/scoped/undo";
  return environment.get("HOME").value_or("/nonexistent") + "/.local/state/scoped/undo";
}

std::string format_ledger(const std::vector<LedgerEntry>& entries) {
  json::Array list;
  for (const LedgerEntry& each : entries) {
    json::Array folders(each.made_folders.begin(), each.made_folders.end());
    json::Object entry;
    entry.set("client", each.client);
    entry.set("host", each.host);
    entry.set("helper", each.helper);
    entry.set("file", each.file);
    entry.set("made_file", each.made_file);
    entry.set("made_folders", std::move(folders));
    entry.set("ledger_folders", json::Array(each.ledger_folders.begin(), each.ledger_folders.end()));
    entry.set("at", static_cast<int64_t>(each.splice.at));
    entry.set("removed", each.splice.removed);
    entry.set("inserted", each.splice.inserted);
    list.emplace_back(std::move(entry));
  }
  json::Object document;
  document.set("schema", 1);
  document.set("clients", std::move(list));
  return json::dump_pretty(json::Value(std::move(document))) + "\n";
}

Result<std::vector<LedgerEntry>> parse_ledger(const std::string& text) {
  const json::Value document = TRY(json::parse(text));
  const json::Reader reader = TRY(json::Reader::of(document, "the document"));
  std::vector<LedgerEntry> entries;
  for (const json::Value& each : *TRY(reader.array("clients"))) entries.push_back(TRY(parse_entry(each)));
  return entries;
}

Result<std::vector<LedgerEntry>> read_ledger(const std::string& folder) {
  const auto text = read_file(file_in(folder), kLongest);
  if (!text && text.error().code() == ErrorCode::not_found) return std::vector<LedgerEntry>();
  if (!text) return fail(text.error());
  auto entries = parse_ledger(*text);
  if (!entries)
    return fail(std::move(entries).error().as(ErrorCode::corrupt).within("'" + file_in(folder) + "'"));
  return entries;
}

Result<> write_ledger(const std::string& folder, const std::vector<LedgerEntry>& entries) {
  if (entries.empty()) {  // nothing is left to be taken back, nor to tell of it
    unlink(file_in(folder).c_str());
    return {};
  }
  TRY(make_folders(folder, 0700));
  return write_file_atomically(file_in(folder), format_ledger(entries), 0600);
}

}  // namespace scoped::ctl
