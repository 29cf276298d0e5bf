#include "agent/ctl/commands.h"
#include "agent/ctl/help.h"
#include "agent/ctl/run.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"COMMAND", "The command to explain; without it all are listed."},
    {"WORD", "The second word of a command of two words."},
};

Result<> check(const Options& options) {
  if (options.positionals().empty() || commands_under(options.positionals()).size() > 1) return {};
  TRY(choose_command(options.positionals()));
  return {};
}

Result<Exit> run(Run& run) {
  const auto& words = run.options.positionals();
  const auto group = commands_under(words);
  if (words.empty())
    run.console().print(overview());
  else if (group.size() > 1)
    run.console().print(list_of(group));
  else
    run.console().print(help_of(*TRY(choose_command(words)).command));
  return Exit::ok;
}

}  // namespace

const Command rows::help = {
    .words = "help",
    .summary = "Explain a command",
    .about = "Prints what 'scopedctl COMMAND --help' prints.",
    .positionals = kPositionals,
    .examples =
        R"(scopedctl help
scopedctl help token create)",
    .wants_configuration = false,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
