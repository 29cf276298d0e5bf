#include "common/config/nearest.h"

#include "common/config/report.h"

#include <algorithm>

namespace scoped::config {
namespace {

constexpr size_t kLongestCompared = 64;  // bounds the work for whatever a file holds
constexpr size_t kMostListed = 12;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

size_t edit_distance(std::string_view left, std::string_view right) {
  left = left.substr(0, kLongestCompared);
  right = right.substr(0, kLongestCompared);
  std::vector<size_t> before(right.size() + 1), above(right.size() + 1), row(right.size() + 1);
  for (size_t j = 0; j <= right.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      const bool same = lower(left[i - 1]) == lower(right[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
                           lower(left[i - 2]) == lower(right[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[right.size()];
}

std::optional<std::string_view> nearest(std::string_view name, const Names& known) {
  std::optional<std::string_view> best;
  size_t least = 4;
  for (std::string_view candidate : known) {
    if (std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size()) >= least) continue;
    const size_t distance = edit_distance(name, candidate);
    if (distance >= least || 3 * distance > std::max(name.size(), candidate.size())) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view name, const Names& known) {
  if (const auto meant = nearest(name, known)) return ": did you mean " + in_quotes(*meant) + "?";
  std::string list;
  for (size_t i = 0; i < known.size() && i < kMostListed; ++i)
    list.append(list.empty() ? ": known are " : ", ").append(in_quotes(known[i]));
  if (known.size() > kMostListed)
    list.append(" and ").append(std::to_string(known.size() - kMostListed)).append(" more");
  return list;
}

}  // namespace scoped::config
