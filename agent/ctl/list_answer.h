// A command's answer that is a list of things with names, in their order. They may come in any, and each is
// made into text as it comes: thousands as one document would take longer and more memory than all else that
// a command does. One thread.
#pragma once

#include "agent/ctl/table.h"
#include "common/json/value.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::ctl {

struct Run;

class ListAnswer {
 public:
  // `key`: of the list in the document. `run` outlives this.
  ListAnswer(const Run& run, std::string_view key);
  // One of the two is asked for, once, as the output wants it. The first cell is the name.
  void add(std::string name, const std::function<json::Value()>& document,
           const std::function<std::vector<std::string>()>& cells);
  void end(Table table);  // `table`: with its headings alone

 private:
  struct Line {
    std::string name;
    std::string text;  // of a document
    json::Value document = {};
    std::vector<std::string> cells = {};
  };
  void write_document() const;

  const Run& run_;
  const bool as_document_;
  const bool as_lines_;  // tsv: its columns are known when all elements are
  const std::string key_;
  std::vector<Line> lines_;
};

}  // namespace scoped::ctl
