#include "agent/ctl/manual.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/help.h"
#include "agent/ctl/options.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

// roff reads '\' and '-' and a '.' or "'" at the start of a line its own way.
std::string escaped(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    at_start = c == '\n';
  }
  return out;
}

template <typename Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Paragraphs are filled; what is indented stands as it is.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool as_it_is = false;
  for_each_line(text, [&](std::string_view line) {
    const bool indented = line.starts_with("  ");
    if (indented != as_it_is) out += indented ? ".PP\n.nf\n" : ".fi\n";
    as_it_is = indented;
    if (line.empty())
      out += ".PP\n";
    else
      out += escaped(line) + "\n";
  });
  return out + (as_it_is ? ".fi\n" : "");
}

std::string head(const std::string& name, std::string_view summary) {
  std::string title = name;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return ".TH \"" + title + "\" 1 \"\" \"scopedctl " + std::string(version()) + "\"\n.SH NAME\n" +
         escaped(name) + " \\- " + escaped(summary) + "\n";
}

std::string item(const std::string& what, std::string_view help) {
  return ".TP\n\\fB" + escaped(what) + "\\fR\n" + escaped(help) + "\n";
}

std::string spelled(const Flag& flag) {
  std::string text = flag.letter != 0 ? std::string("-") + flag.letter + ", " : "";
  text += "--" + std::string(flag.name);
  return flag.value.empty() ? text : text + " " + std::string(flag.value);
}

std::string options_part(const Command& command) {
  std::string text = ".SH OPTIONS\n";
  for (const Positional& each : command.positionals) text += item(std::string(each.name), each.help);
  for (const Flag& flag : flags_of(command))
    text += item(spelled(flag), std::string(flag.help) + (flag.required ? " Required." : ""));
  return text;
}

std::string exits_part(const Command& command) {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitNote& note : exit_notes(command))
    text += item(std::to_string(static_cast<int>(note.code)), note.when);
  return text;
}

}  // namespace

std::string man_name(const Command& command) {
  std::string name = "scopedctl-" + std::string(command.words);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(const Command& command) {
  std::string text = head(man_name(command), command.summary);
  text += ".SH SYNOPSIS\n.B " + escaped(usage_of(command)) + "\n";
  text += ".SH DESCRIPTION\n" + paragraphs(command.about) + options_part(command);
  text += ".SH EXAMPLES\n.nf\n" + escaped(command.examples) + "\n.fi\n" + exits_part(command);
  return text + ".SH SEE ALSO\n.BR scopedctl (1)\n";
}

std::string man_overview() {
  std::string text = head("scopedctl", "sets up and looks after scoped registry tokens");
  text += ".SH SYNOPSIS\n.B scopedctl\nCOMMAND [OPTION...]\n.SH DESCRIPTION\n" + paragraphs(about_program());
  text += ".SH COMMANDS\n";
  for (const Command* command : commands())
    text += ".TP\n\\fB" + escaped(command->words) + "\\fR\n" + escaped(command->summary) + "; see\n.BR " +
            escaped(man_name(*command)) + " (1)\n";
  return text + ".SH SEE ALSO\n.BR docker\\-credential\\-scoped (1),\n.BR scoped\\-agent (8)\n";
}

}  // namespace scoped::ctl
