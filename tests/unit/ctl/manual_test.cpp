// Not tested here: that man shows it without a complaint (tests/integration/completion.py).
#include "agent/ctl/manual.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"
#include "tests/unit/ctl/scene.h"

#include <sstream>

using namespace scoped::ctl;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '-' ? "\\-" : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("the manual page of a command has each of its flags, its examples and its exit codes", "[ctl]") {
  for (const Command* command : commands()) {
    const std::string page = man_page(*command);
    INFO(page);
    for (const char* part : {".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS",
                             ".SH EXAMPLES", ".SH EXIT STATUS"})
      CHECK(has(page, part));
    for (const Flag& flag : flags_of(*command)) CHECK(has(page, roff("--" + std::string(flag.name))));
  }
}

TEST_CASE("the overview's page names every command", "[ctl]") {
  for (const Command* command : commands()) CHECK(has(man_overview(), roff(man_name(*command))));
}

TEST_CASE("no line of a page is a request by accident", "[ctl]") {
  for (const Command* command : commands()) {
    std::istringstream lines(man_page(*command));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK_FALSE(line.starts_with("'"));
      if (line.starts_with("."))
        CHECK((line.starts_with(".SH") || line.starts_with(".TH") || line.starts_with(".TP") ||
               line == ".PP" || line == ".nf" || line == ".fi" || line.starts_with(".B")));
    }
  }
}
