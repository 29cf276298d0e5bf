#include "agent/ctl/tsv.h"

#include "agent/ctl/console.h"

#include <algorithm>
#include <map>
#include <vector>

namespace scoped::ctl {
namespace {

using Cells = std::map<std::string, std::string>;

const json::Array* list_in(const json::Object& document) {
  for (const json::Member& member : document.members()) {
    const json::Array* list = member.value.array();
    if (list != nullptr && (list->empty() || list->front().object() != nullptr)) return list;
  }
  return nullptr;
}

std::string text_of(const json::Value& value) {
  if (const std::string* text = value.text()) return harmless(*text);
  if (value.type() == json::Type::null) return "";
  const json::Array* list = value.array();
  if (list == nullptr) return json::dump(value);
  std::string joined;
  for (const json::Value& each : *list) joined += (joined.empty() ? "" : ",") + text_of(each);
  return joined;
}

void add_cells(const json::Object& object, const std::string& prefix, Cells& cells,
               std::vector<std::string>& columns) {
  for (const json::Member& member : object.members()) {
    const std::string column = prefix + member.key;
    if (const json::Object* inner = member.value.object()) {
      add_cells(*inner, column + ".", cells, columns);
      continue;
    }
    cells[column] = text_of(member.value);
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  }
}

}  // namespace

std::string tsv_of(const json::Value& document) {
  const json::Object* object = document.object();
  if (object == nullptr) return text_of(document) + "\n";
  const json::Array* list = list_in(*object);
  std::vector<Cells> lines;
  std::vector<std::string> columns;
  if (list == nullptr) {
    add_cells(*object, "", lines.emplace_back(), columns);
  } else {
    for (const json::Value& each : *list)
      if (const json::Object* one = each.object()) add_cells(*one, "", lines.emplace_back(), columns);
  }
  std::string text;
  for (Cells& cells : lines) {
    for (size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : "\t") + cells[columns[i]];
    text += '\n';
  }
  return text;
}

}  // namespace scoped::ctl
