#include "common/config/section.h"

namespace scoped::config {
namespace {

const Setting* find_row(std::span<const Setting> rows, std::string_view name) {
  for (const Setting& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

const Section::Entry* Section::find(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (entry.row->name == name) return &entry;
  return nullptr;
}

const std::string* Section::text(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value);
}

const std::vector<std::string>* Section::list(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : std::get_if<std::vector<std::string>>(&entry->value);
}

const Section::Part* Section::part(std::string_view name) const {
  for (const Part& part : parts_)
    if (part.name == name) return &part;
  return nullptr;
}

Section read_section(const json::Object& object, int line, std::span<const Setting> rows,
                     const Catalog& catalog, Report& report, std::string_view taken) {
  Section section;
  section.line_ = line;
  for (const json::Member& member : object.members()) {
    if (!taken.empty() && member.key == taken) continue;
    const Setting* row = find_row(rows, member.key);
    if (row == nullptr) {
      report.add(member.line,
                 "unknown key " + in_quotes(member.key) + suggestion(member.key, names_of(rows)));
    } else if (row->kind != Kind::object) {
      if (auto value = read_value(*row, member.value, catalog, report))
        section.entries_.push_back({row, std::move(*value), member.line, &member.value});
    } else if (const json::Object* inner = member.value.object()) {
      section.parts_.push_back({row->name, inner, member.line});
    } else {
      report.add(member.line, wrong_type(*row, member.value.type()));
    }
  }
  for (const Setting& row : rows)
    if (row.required && object.find(row.name) == nullptr)
      report.add(line, in_quotes(row.name) + " is missing: " + std::string(row.doc));
  return section;
}

Names names_of(std::span<const Setting> rows) {
  Names names;
  for (const Setting& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace scoped::config
