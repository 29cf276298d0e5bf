#include "agent/ctl/list_answer.h"

#include "agent/ctl/run.h"
#include "common/json/list_writer.h"

#include <algorithm>
#include <utility>

namespace scoped::ctl {

ListAnswer::ListAnswer(const Run& run, std::string_view key)
    : run_(run),
      as_document_(run.options.wants_document()),
      as_lines_(as_document_ && run.options.text("output") == "tsv"),
      key_(key) {}

void ListAnswer::add(std::string name, const std::function<json::Value()>& document,
                     const std::function<std::vector<std::string>()>& cells) {
  Line line{std::move(name), ""};
  if (!as_document_)
    line.cells = cells();
  else if (as_lines_)
    line.document = document();
  else
    line.text = json::element_text(document());
  lines_.push_back(std::move(line));
}

void ListAnswer::write_document() const {
  json::ListWriter writer(key_, [this](std::string_view text) { run_.console().print(text); });
  for (const Line& line : lines_) writer.add(line.text);
  writer.end();
  run_.console().print("\n");
}

void ListAnswer::end(Table table) {
  std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.name < b.name; });
  if (as_document_ && !as_lines_) return write_document();
  json::Array documents;
  for (Line& line : lines_) {
    if (as_document_)
      documents.push_back(std::move(line.document));
    else
      table.row(std::move(line.cells));
  }
  json::Object document;
  document.set(key_, std::move(documents));
  run_.answer(document, as_document_ ? "" : table.text(run_.width()));
}

}  // namespace scoped::ctl
