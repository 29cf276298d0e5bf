#include "agent/ctl/table.h"

#include "agent/ctl/console.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

size_t width_of(const std::string& text) {  // in characters, not bytes
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

Table::Table(std::vector<std::string> headings) : has_headings_(!headings.empty()) {
  if (has_headings_) row(std::move(headings));
}

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = harmless(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const auto& cells : rows_)
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i)
      line += cells[i] + std::string(widths[i] - width_of(cells[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace scoped::ctl
