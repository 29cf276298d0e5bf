#include "common/config/typed.h"

#include "common/config/nearest.h"
#include "common/config/section.h"

namespace scoped::config {
namespace {

constexpr Setting kType{.name = "type", .kind = Kind::text, .required = true, .doc = "Which kind it is of."};

Names names_of(const std::vector<TypeRow>& table) {
  Names names;
  for (const TypeRow& row : table) names.push_back(row.name);
  return names;
}

// Its row, or null when that has been reported.
const TypeRow* choose_type(const std::string& what, const Typed& typed, const json::Value* type,
                           const std::vector<TypeRow>& table, Report& report) {
  const TypeRow* row = find_type(table, typed.type);
  if (row == nullptr && type != nullptr)
    report.add(type->line(),
               in_quotes(typed.type) + " is not a type of " + what + suggestion(typed.type, names_of(table)));
  return row;
}

void take_values(TypedReading& reading, Section section, std::span<const Setting> rows) {
  for (const Section::Entry& entry : section.entries()) {
    if (entry.row->kind == Kind::identity || entry.row->kind == Kind::token)
      reading.names.push_back({entry.row, std::get<std::string>(entry.value), entry.line});
    reading.typed.values.emplace(entry.row->name, entry.value);
  }
  for (const Setting& row : rows)
    if (!row.default_text.empty())
      reading.typed.values.try_emplace(std::string(row.name), default_value(row));
}

}  // namespace

std::string Typed::text_or(const std::string& key, std::string fallback) const {
  const auto found = values.find(key);
  return found == values.end() ? std::move(fallback) : std::get<std::string>(found->second);
}

const TypeRow* find_type(const std::vector<TypeRow>& table, const std::string& type) {
  for (const TypeRow& row : table)
    if (row.name == type) return &row;
  return nullptr;
}

TypedReading read_typed(const std::string& what, const std::string& name, const json::Object& object,
                        int line, const std::vector<TypeRow>& table, const Catalog& catalog, Report& report) {
  TypedReading reading;
  reading.typed.name = name;
  reading.typed.origin = report.here(line);
  const json::Value* type = object.find(kType.name);
  if (type == nullptr) {
    report.add(line, what + " " + in_quotes(name) + " has no 'type'");
  } else if (const auto text = read_value(kType, *type, catalog, report)) {
    reading.typed.type = std::get<std::string>(*text);
  } else {
    return reading;
  }
  if (table.empty() || type == nullptr) return reading;
  const TypeRow* row = choose_type(what, reading.typed, type, table, report);
  if (row == nullptr) return reading;
  take_values(reading, read_section(object, line, row->settings, catalog, report, kType.name), row->settings);
  return reading;
}

}  // namespace scoped::config
