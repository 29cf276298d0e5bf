// A person who has prepared the answers; what is shown is kept as text.
#pragma once

#include "agent/ctl/console.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace scoped::test {

class FakeConsole final : public ctl::Console {
 public:
  bool has_terminal = false;
  size_t columns = 0;
  std::deque<std::string> answers;
  std::string standard_input;

  std::function<void(const std::string&)> at_mark;

  std::string out;
  std::vector<std::string> lines;
  std::vector<std::string> marks;  // of progress

  void print(std::string_view text) override { out += text; }
  void line(std::string_view text) override { lines.emplace_back(text); }
  void progress(std::string_view text, bool is_mark) override {
    if (!is_mark) return;
    marks.emplace_back(text);
    if (at_mark) at_mark(marks.back());
  }
  bool is_terminal() const override { return has_terminal; }
  size_t width() const override { return columns; }
  bool can_ask() const override { return has_terminal; }
  Result<std::string> ask(std::string_view) override {
    if (answers.empty()) return fail(ErrorCode::cancelled, "no answer");
    std::string answer = answers.front();
    answers.pop_front();
    return answer;
  }
  Result<Secret> ask_secret(std::string_view question) override { return Secret(TRY(ask(question))); }
  Result<Secret> read_secret() override { return Secret(standard_input); }
};

}  // namespace scoped::test
