#include "common/config/report.h"

#include <algorithm>

namespace scoped::config {

void Report::open_file(std::string file, bool system) {
  file_ = std::move(file);
  system_ = system;
  order_.push_back(file_);
}

void Report::add(const Origin& place, std::string text) {
  problems_.push_back({place.file, place.line, std::move(text)});
}

std::vector<Problem> Report::take() {
  const auto rank = [this](const Problem& problem) {
    return std::find(order_.begin(), order_.end(), problem.file) - order_.begin();
  };
  std::stable_sort(problems_.begin(), problems_.end(), [&rank](const Problem& a, const Problem& b) {
    return a.file != b.file ? rank(a) < rank(b) : a.line < b.line;
  });
  return std::move(problems_);
}

std::string in_quotes(std::string_view name) {
  constexpr size_t kLongest = 100;
  std::string text = "'";
  for (char c : name.substr(0, kLongest)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  if (name.size() > kLongest) text += "...";
  return text += '\'';
}

std::string Problem::display() const {
  std::string place = file;
  if (line > 0) place.append(":").append(std::to_string(line));
  return place.append(": ").append(text);
}

}  // namespace scoped::config
