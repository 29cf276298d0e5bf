#include "agent/ctl/list_answer.h"

#include "agent/ctl/run.h"

#include <utility>

namespace scoped::ctl {

ListAnswer::ListAnswer(const Run& run, std::string_view key)
    : run_(run),
      as_lines_(run.options.text("output") == "tsv"),
      key_(key),
      writer_(key, [&run](std::string_view text) { run.console().print(text); }) {}

void ListAnswer::add(json::Value element) {
  if (as_lines_)
    elements_.push_back(std::move(element));
  else
    writer_.add(element);
}

void ListAnswer::end(const std::string& text) {
  if (run_.options.wants_document() && !as_lines_) {
    writer_.end();
    run_.console().print("\n");
    return;
  }
  json::Object document;
  document.set(key_, std::move(elements_));
  run_.answer(document, text);
}

}  // namespace scoped::ctl
