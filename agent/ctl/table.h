// A table for people: columns as wide as their widest cell, two blanks between them, nothing at the end of a
// line. Where that is too wide, the widest columns are cut, with '~' at the end of a cell that lost
// something. Pure.
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
  // `width`: of the terminal; 0: any.
  std::string text(size_t width = 0) const;

 private:
  bool has_headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace scoped::ctl
