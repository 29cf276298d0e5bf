#include "agent/ctl/table.h"

#include "agent/ctl/console.h"

#include <algorithm>
#include <numeric>

namespace scoped::ctl {
namespace {

constexpr size_t kGap = 2, kLeast = 8;

size_t width_of(const std::string& text) {  // in characters, not bytes
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The widest column gives way first, and none below a width at which it says something.
void shrink(std::vector<size_t>& widths, size_t width) {
  const auto total = [&widths] {
    return std::accumulate(widths.begin(), widths.end(), kGap * (widths.empty() ? 0 : widths.size() - 1));
  };
  while (total() > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (widest == widths.end() || *widest <= kLeast) return;
    --*widest;
  }
}

// Never within a character.
std::string cut(const std::string& cell, size_t width) {
  if (width_of(cell) <= width) return cell;
  size_t characters = 0, end = 0;
  for (; end < cell.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(cell[end]) & 0xC0U) != 0x80U;
    if (starts && ++characters == width) break;
  }
  return cell.substr(0, end) + "~";
}

}  // namespace

Table::Table(std::vector<std::string> headings) : has_headings_(!headings.empty()) {
  if (has_headings_) row(std::move(headings));
}

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = harmless(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text(size_t width) const {
  std::vector<size_t> widths;
  for (const auto& cells : rows_)
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  if (width > 0) shrink(widths, width);
  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = cut(cells[i], widths[i]);
      line += cell + std::string(widths[i] - width_of(cell) + kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace scoped::ctl
