#include "agent/ctl/help.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"

#include <algorithm>
#include <array>

#ifndef SCOPED_VERSION
#error "the build names the version"
#endif

namespace scoped::ctl {
namespace {

constexpr size_t kWidth = 96;

constexpr std::array kUsualExits = {
    ExitNote{Exit::ok, "done"},
    ExitNote{Exit::failed, "it failed; one line on standard error says what and why"},
    ExitNote{Exit::usage, "the command line is wrong"},
    ExitNote{Exit::configuration, "the configuration is wrong; every problem is told, nothing was done"},
};

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// The text broken at blanks, each line behind `indent` blanks; the first stands behind `start`.
std::string wrapped(std::string start, std::string_view text, size_t indent) {
  std::string out = padded(std::move(start), indent);
  if (out.size() > indent) out += "\n" + std::string(indent, ' ');
  size_t column = indent;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

std::string spelled(const Flag& flag) {
  std::string text = flag.letter != 0 ? std::string("-") + flag.letter + ", " : "    ";
  text += "--" + std::string(flag.name);
  if (!flag.value.empty()) text += " " + std::string(flag.value);
  return text;
}

std::string options_part(const Command& command) {
  std::string text;
  for (const Positional& each : command.positionals)
    text += wrapped("  " + std::string(each.name), each.help, 30);
  for (const Flag& flag : flags_of(command)) {
    std::string help(flag.help);
    if (flag.required) help += " Required.";
    text += wrapped("  " + spelled(flag), help, 30);
  }
  return text;
}

std::string examples_part(std::string_view examples) {
  std::string text;
  while (!examples.empty()) {
    const size_t end = std::min(examples.find('\n'), examples.size());
    const std::string_view line = examples.substr(0, end);
    text += line.empty() ? "\n" : "  " + std::string(line) + "\n";
    examples.remove_prefix(std::min(end + 1, examples.size()));
  }
  return text;
}

std::string exits_part(const Command& command) {
  std::string text;
  for (const ExitNote& note : exit_notes(command))
    text += wrapped("  " + padded(std::to_string(static_cast<int>(note.code)), 3), note.when, 6);
  return text;
}

}  // namespace

std::vector<ExitNote> exit_notes(const Command& command) {
  std::vector<ExitNote> notes(kUsualExits.begin(), kUsualExits.end());
  notes.insert(notes.end(), command.exits.begin(), command.exits.end());
  std::stable_sort(notes.begin(), notes.end(), [](const ExitNote& a, const ExitNote& b) {
    return static_cast<int>(a.code) < static_cast<int>(b.code);
  });
  return notes;
}

std::string usage_of(const Command& command) {
  std::string text = "scopedctl " + std::string(command.words);
  for (const Positional& each : command.positionals)
    text += each.required ? " " + std::string(each.name) : " [" + std::string(each.name) + "]";
  for (const Flag& flag : command.flags)
    if (flag.required) text += " --" + std::string(flag.name) + " " + std::string(flag.value);
  return text + " [OPTION...]";
}

std::string help_of(const Command& command) {
  std::string text = usage_of(command) + "\n\n" + std::string(command.summary) + ".\n\n";
  text += std::string(command.about) + "\n\nOptions:\n" + options_part(command);
  text += "\nExamples:\n" + examples_part(command.examples);
  return text + "\nExit codes:\n" + exits_part(command);
}

std::string list_of(const std::vector<const Command*>& listed) {
  std::string text;
  for (const Command* command : listed)
    text += wrapped("  " + std::string(command->words), command->summary, 24);
  return text;
}

std::string about_program() {
  return "Sets up and looks after scoped registry tokens, whose passwords docker-credential-scoped hands to\n"
         "Docker and its kin, and which scoped-agent rotates.\n\n"
         "Registries and tokens stand in /etc/scoped/config.json, or for one user alone in\n"
         "$XDG_CONFIG_HOME/scoped/config.json (~/.config/scoped/config.json).\n\n"
         "From nothing to a token that rotates:\n"
         "  scopedctl init\n"
         "  scopedctl scope-map create --name app-pull --repository myapp/api content/read metadata/read\n"
         "  scopedctl token create --name node-blue --scope-map app-pull\n"
         "  scopedctl status\n\n"
         "A registry that is there already, with one password for everything:\n"
         "  scopedctl lint               what is unwise, with the remedy\n"
         "  scopedctl suggest            what each of its users would need\n"
         "  scopedctl apply --dry-run    what the configuration would make of it\n";
}

std::string overview() {
  return "scopedctl COMMAND [OPTION...]\n\nCommands:\n" + list_of({commands().begin(), commands().end()}) +
         "\n" + about_program() +
         "\n'scopedctl COMMAND --help' explains a command, 'scopedctl --version' tells the version.\n";
}

std::string_view version() { return SCOPED_VERSION; }

std::string version_text() { return "scopedctl " SCOPED_VERSION "\n"; }

}  // namespace scoped::ctl
