// A table for people: columns as wide as their widest cell, two blanks between them, nothing at the end of a
// line. Pure.
#pragma once

#include <string>
#include <vector>

namespace scoped::ctl {

class Table {
 public:
  // No headings: none are printed.
  explicit Table(std::vector<std::string> headings = {});
  // Missing cells are empty. Control characters are replaced.
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.size() == (has_headings_ ? 1U : 0U); }
  std::string text() const;

 private:
  bool has_headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace scoped::ctl
