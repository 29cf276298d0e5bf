#include "agent/ctl/completion.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"
#include "agent/ctl/run.h"

#include <algorithm>
#include <map>
#include <set>

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"SHELL", "The shell: 'bash'.", true}};

Result<> check(const Options& options) {
  if (options.positional(0) == "bash") return {};
  return fail(ErrorCode::invalid_input, "completion is known for 'bash' only");
}

Result<Exit> run(Run& run) {
  run.console().print(bash_completion());
  return Exit::ok;
}

std::string spaced(std::string_view choices) {
  std::string words(choices);
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

std::string options_of(const Command& command) {
  std::string words;
  for (const Flag& flag : flags_of(command)) words += (words.empty() ? "--" : " --") + std::string(flag.name);
  return words;
}

std::string first_words() {
  std::string words;
  std::set<std::string_view> seen;
  for (const Command* command : commands()) {
    const std::string_view word = command->words.substr(0, command->words.find(' '));
    if (seen.insert(word).second) words += (words.empty() ? "" : " ") + std::string(word);
  }
  return words;
}

// first word -> the second words
std::map<std::string, std::string> groups() {
  std::map<std::string, std::string> groups;
  for (const Command* command : commands()) {
    const size_t blank = command->words.find(' ');
    if (blank == std::string_view::npos) continue;
    std::string& words = groups[std::string(command->words.substr(0, blank))];
    words += (words.empty() ? "" : " ") + std::string(command->words.substr(blank + 1));
  }
  return groups;
}

// "--output": its values; the same for every command that has the flag.
std::map<std::string, std::string> choices() {
  std::map<std::string, std::string> choices;
  for (const Command* command : commands())
    for (const Flag& flag : command->flags) {
      if (flag.choices.empty()) continue;
      std::string pattern = "--" + std::string(flag.name);
      if (flag.letter != 0) pattern += std::string("|-") + flag.letter;
      choices[pattern] = spaced(flag.choices);
    }
  return choices;
}

std::string branch(const std::string& pattern, const std::string& words) {
  return "    " + pattern + ") COMPREPLY=($(compgen -W '" + words + "' -- \"$word\")); return ;;\n";
}

}  // namespace

std::string bash_completion() {
  std::string text =
      "# bash completion for scopedctl\n"
      "_scopedctl() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
      "  case $before in\n";
  for (const auto& [pattern, words] : choices()) text += branch(pattern, words);
  text += "    --config) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n  esac\n";
  text += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '" + first_words() +
          " --help --version' -- \"$word\")); return\n  fi\n";
  text += "  if [ \"$COMP_CWORD\" -eq 2 ]; then\n    case ${COMP_WORDS[1]} in\n";
  for (const auto& [first, words] : groups()) text += "  " + branch(first, words);
  text += "    esac\n  fi\n  case $command in\n";
  for (const Command* command : commands()) {
    const bool is_one_word = command->words.find(' ') == std::string_view::npos;
    const std::string quoted = "'" + std::string(command->words) + (is_one_word ? " '*" : "'");
    text += branch(quoted, options_of(*command));
  }
  return text + "  esac\n}\ncomplete -o default -F _scopedctl scopedctl\n";
}

const Command rows::completion = {
    .words = "completion",
    .summary = "Print a script that completes scopedctl's commands in a shell",
    .about =
        R"(The script comes from the same table as the help. Load it for one session, or put it where the
shell looks for completions.)",
    .positionals = kPositionals,
    .examples =
        R"(source <(scopedctl completion bash)

scopedctl completion bash > ~/.local/share/bash-completion/completions/scopedctl)",
    .wants_configuration = false,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
