// The table of commands, in the order of the help, and how a command line finds its row. A new command is one
// file that defines its row and one line in commands.cpp. Constants and pure functions.
#pragma once

#include "agent/ctl/command.h"

#include <span>
#include <string>
#include <vector>

namespace scoped::ctl {

namespace rows {
extern const Command init, registry_show, scope_map_create, scope_map_update, scope_map_list, scope_map_show,
    scope_map_delete, token_create, token_update, token_list, token_show, token_delete, credential_generate,
    credential_delete, credential_hand_over, import_token, status, rotate, repair, rotator_take, hooks_run,
    publish, explain, lint, apply, events, suggest, configure, unconfigure, setup, doctor, help, completion;
}  // namespace rows

std::span<const Command* const> commands();

struct Chosen {
  const Command* command = nullptr;
  std::vector<std::string> arguments;  // what follows the command's words
};

// Error: one line that names the nearest command, or what may follow a word like 'token'.
Result<Chosen> choose_command(const std::vector<std::string>& arguments);

// The commands whose words begin with these; all for none.
std::vector<const Command*> commands_under(const std::vector<std::string>& words);

}  // namespace scoped::ctl
