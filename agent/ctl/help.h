// The help texts, made from the rows of the commands. Pure.
#pragma once

#include "agent/ctl/command.h"

#include <string>
#include <vector>

namespace scoped::ctl {

// Usage, what it does, options, examples, exit codes of one command.
std::string help_of(const Command& command);
// What the program is for, and every command with its one line.
std::string overview();
// The commands of one group, with their one lines.
std::string list_of(const std::vector<const Command*>& commands);
std::string version_text();
std::string_view version();
// The usual exit codes and the command's own, by number.
std::vector<ExitNote> exit_notes(const Command& command);
// What the program is for, and how one begins.
std::string about_program();
// "scopedctl token create --name NAME [options]"
std::string usage_of(const Command& command);

}  // namespace scoped::ctl
