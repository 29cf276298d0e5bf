// Not tested here: what the commands do (tests/integration).
#include "agent/ctl/commands.h"

#include "agent/ctl/help.h"
#include "agent/ctl/options.h"
#include "tests/unit/ctl/scene.h"

#include <set>
#include <sstream>

using namespace scoped;
using namespace scoped::ctl;
using scoped::test::error_line;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The words of a shell line: blanks part them, double quotes keep them together; what is behind a redirection
// is the shell's.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ' ' && !quoted && !words.back().empty())
      words.emplace_back();
    else if ((c == '<' || c == '>') && !quoted)
      break;
    else if (c != ' ' || quoted)
      words.back() += c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// The examples of a row that are command lines, joined where a backslash continues them.
std::vector<std::string> example_lines(const Command& command) {
  std::vector<std::string> found;
  std::istringstream lines{std::string(command.examples)};
  std::string whole;
  for (std::string line; std::getline(lines, line);) {
    const bool goes_on = line.ends_with("\\");
    whole += goes_on ? line.substr(0, line.size() - 1) : line;
    if (goes_on) continue;
    if (whole.starts_with("scopedctl ")) found.push_back(whole.substr(10));
    whole.clear();
  }
  return found;
}

}  // namespace

TEST_CASE("every command has words of its own, help and examples", "[ctl]") {
  std::set<std::string_view> seen;
  for (const Command* command : commands()) {
    INFO(command->words);
    CHECK(seen.insert(command->words).second);
    CHECK_FALSE(command->summary.empty());
    CHECK_FALSE(command->summary.ends_with('.'));
    CHECK_FALSE(command->about.empty());
    CHECK_FALSE(command->examples.empty());
    CHECK(command->run != nullptr);
    for (std::string_view text : {command->about, command->examples}) {
      std::istringstream lines{std::string(text)};
      for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 115);
    }
  }
}

TEST_CASE("flags have names and letters of their own and say what they are for", "[ctl]") {
  for (const Command* command : commands()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const Flag& flag : flags_of(*command)) {
      INFO(command->words << " --" << flag.name);
      CHECK(names.insert(flag.name).second);
      CHECK((flag.letter == 0 || letters.insert(flag.letter).second));
      CHECK(flag.help.ends_with('.'));
      CHECK((!flag.repeated || !flag.value.empty()));
    }
  }
}

TEST_CASE("the help of a command mentions each of its flags, its exit codes and its examples", "[ctl]") {
  for (const Command* command : commands()) {
    const std::string help = help_of(*command);
    INFO(help);
    CHECK(help.starts_with("scopedctl " + std::string(command->words)));
    for (const Flag& flag : flags_of(*command)) CHECK(has(help, "--" + std::string(flag.name)));
    for (const Positional& positional : command->positionals) CHECK(has(help, positional.name));
    for (const char* code : {"  0   ", "  1   ", "  2   ", "  78  "}) CHECK(has(help, code));
    CHECK(has(help, "Examples:\n"));
    CHECK(help.ends_with('\n'));
  }
}

TEST_CASE("every example in the help is accepted by its own command", "[ctl]") {
  size_t examples = 0;
  for (const Command* command : commands())
    for (const std::string& line : example_lines(*command)) {
      INFO(line);
      const auto chosen = choose_command(shell_words(line));
      REQUIRE(chosen);
      CHECK(chosen->command == command);
      const auto options = parse_options(*command, chosen->arguments);
      if (!options) FAIL(options.error().line());
      ++examples;
    }
  CHECK(examples >= commands().size());
}

TEST_CASE("a command that shows something shows it as JSON too, with an example", "[ctl]") {
  for (const Command* command : commands()) {
    if (!command->wants_configuration) continue;
    INFO(command->words);
    CHECK(has(help_of(*command), "--output"));
    CHECK(has(std::string(command->examples), "-o json"));
    CHECK(has(std::string(command->examples), "# {\""));
  }
}

TEST_CASE("the overview lists every command", "[ctl]") {
  const std::string text = overview();
  for (const Command* command : commands()) CHECK(has(text, "  " + std::string(command->words) + " "));
}

TEST_CASE("a command line finds its command by one word or two", "[ctl]") {
  const auto rotate = choose_command({"rotate", "host/token", "-o", "json"});
  REQUIRE(rotate);
  CHECK(rotate->command == &rows::rotate);
  CHECK(rotate->arguments == std::vector<std::string>{"host/token", "-o", "json"});
  const auto create = choose_command({"token", "create", "--name", "x"});
  REQUIRE(create);
  CHECK(create->command == &rows::token_create);
  CHECK(create->arguments == std::vector<std::string>{"--name", "x"});
}

TEST_CASE("an unknown command is told with the nearest one", "[ctl]") {
  CHECK(error_line(choose_command({"staus"})) == "unknown command 'staus': did you mean 'status'?");
  CHECK(error_line(choose_command({"token", "crate"})) ==
        "unknown command 'token crate': did you mean 'create'?");
  CHECK(has(error_line(choose_command({"token"})),
            "'token' needs a second word: known are 'create', 'update'"));
  CHECK(has(error_line(choose_command({"scope-map", "--name", "x"})), "'scope-map' needs a second word"));
  CHECK(has(error_line(choose_command({})), "scopedctl --help"));
  CHECK(has(error_line(choose_command({"--name"})), "scopedctl --help"));
}
