#include "agent/ctl/completion.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"
#include "agent/ctl/run.h"

#include <array>

namespace scoped::ctl {
namespace {

struct Shell {
  std::string_view name;
  std::string_view script;
};

// Each asks the program itself, which knows its commands and the registry's names.
constexpr std::array kScripts = {
    Shell{"bash", R"(# bash completion for scopedctl
_scopedctl() {
  local IFS=$'\n'
  COMPREPLY=($(scopedctl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _scopedctl scopedctl
)"},
    Shell{"zsh", R"(#compdef scopedctl
# zsh completion for scopedctl
_scopedctl() {
  local -a found
  found=("${(@f)$(scopedctl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then
    compadd -- "${found[@]}"
  else
    _files
  fi
}
if [[ "$funcstack[1]" == _scopedctl ]]; then
  _scopedctl "$@"
else
  compdef _scopedctl scopedctl
fi
)"},
    Shell{"fish", R"(# fish completion for scopedctl
function __scopedctl_complete
  set -l words (commandline -opc) (commandline -ct)
  scopedctl __complete $words[2..-1] 2>/dev/null
end
complete -c scopedctl -a '(__scopedctl_complete)'
)"},
};

constexpr Positional kPositionals[] = {{"SHELL", "The shell: 'bash', 'zsh' or 'fish'.", true, kShells}};

Result<> check(const Options& options) {
  if (!completion_script(options.positional(0).value()).empty()) return {};
  return fail(ErrorCode::invalid_input,
              "'" + *options.positional(0) + "' is no shell that is known here: 'bash', 'zsh' or 'fish'");
}

Result<Exit> run(Run& run) {
  run.console().print(completion_script(*run.options.positional(0)));
  return Exit::ok;
}

}  // namespace

std::string_view completion_script(std::string_view shell) {
  for (const Shell& each : kScripts)
    if (each.name == shell) return each.script;
  return "";
}

const Command rows::completion = {
    .words = "completion",
    .summary = "Print a script that completes scopedctl's commands in a shell",
    .about =
        R"(Commands, options and their values complete, and the names of registries, tokens, scope maps and
repositories: those come from the configuration and, for at most two seconds, from the registry.
Load the script for one session, or put it where the shell looks for completions.)",
    .positionals = kPositionals,
    .examples =
        R"(source <(scopedctl completion bash)

scopedctl completion bash > ~/.local/share/bash-completion/completions/scopedctl
scopedctl completion zsh > ~/.zfunc/_scopedctl
scopedctl completion fish > ~/.config/fish/completions/scopedctl.fish)",
    .wants_configuration = false,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
