// A command's answer that is one list: with -o json its elements are written as they come, since thousands of
// them as one document take longer and more memory than all else that the command does. One thread.
#pragma once

#include "common/json/list_writer.h"

#include <string>
#include <string_view>

namespace scoped::ctl {

struct Run;

class ListAnswer {
 public:
  // `key`: of the list in the document. `run` outlives this.
  ListAnswer(const Run& run, std::string_view key);
  // REQUIRES: run.options.wants_document()
  void add(json::Value element);
  // `text`: the answer where no document is wanted.
  void end(const std::string& text);

 private:
  const Run& run_;
  const bool as_lines_;  // tsv: its columns are known when all elements are
  std::string key_;
  json::Array elements_;
  json::ListWriter writer_;
};

}  // namespace scoped::ctl
