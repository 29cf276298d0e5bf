#include "agent/ctl/commands.h"
#include "agent/ctl/help.h"
#include "agent/ctl/manual.h"
#include "agent/ctl/run.h"
#include "common/base/file.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"COMMAND", "The command to explain; without it all are listed."},
    {"WORD", "The second word of a command of two words."},
};

constexpr Flag kFlags[] = {
    {.name = "man", .help = "As a manual page, in roff: '| man -l -' shows it."},
    {.name = "man-folder",
     .value = "DIR",
     .help = "Write the manual pages of all commands into this folder.",
     .completes = Names::file},
};

Result<> check(const Options& options) {
  if (options.positionals().empty() || commands_under(options.positionals()).size() > 1) return {};
  TRY(choose_command(options.positionals()));
  return {};
}

Result<> write_pages(const std::string& folder) {
  TRY(make_folders(folder, 0755));
  TRY(write_file_atomically(folder + "/scopedctl.1", man_overview(), 0644));
  for (const Command* command : commands())
    TRY(write_file_atomically(folder + "/" + man_name(*command) + ".1", man_page(*command), 0644));
  return {};
}

Result<Exit> run(Run& run) {
  const auto& words = run.options.positionals();
  if (const auto folder = run.options.optional("man-folder")) {
    TRY_WITH(write_pages(*folder), "'--man-folder'");
    return Exit::ok;
  }
  if (run.options.has("man")) {
    run.console().print(words.empty() ? man_overview() : man_page(*TRY(choose_command(words)).command));
    return Exit::ok;
  }
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
    .flags = kFlags,
    .examples =
        R"(scopedctl help
scopedctl help token create
scopedctl help --man token create)",
    .wants_configuration = false,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
