#include "agent/ctl/commands.h"
#include "agent/ctl/complete_names.h"
#include "agent/ctl/help.h"
#include "agent/ctl/run.h"
#include "agent/ctl/tsv.h"
#include "common/config/load.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

int code_of(Exit exit) { return static_cast<int>(exit); }

int complain(const Surroundings& around, const Error& error, Exit exit) {
  around.console.line("scopedctl: " + error.line());
  return code_of(exit);
}

// 'scopedctl --config F status' is 'scopedctl status --config F'.
std::vector<std::string> take_leading_config(std::vector<std::string>& arguments) {
  size_t count = 0;
  while (count < arguments.size()) {
    if (arguments[count].starts_with("--config="))
      count += 1;
    else if (arguments[count] == "--config")
      count = std::min(count + 2, arguments.size());
    else
      break;
  }
  const auto end = arguments.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<std::string> taken(arguments.begin(), end);
  arguments.erase(arguments.begin(), end);
  return taken;
}

// --help and --version without a command, or with a group of them.
std::optional<std::string> general_answer(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  if (arguments[0] == "--version") return version_text();
  const bool asks = arguments.back() == "--help" || arguments.back() == "-h";
  if (!asks || arguments.size() > 2) return std::nullopt;
  const std::vector<std::string> words(arguments.begin(), arguments.end() - 1);
  if (words.empty()) return overview();
  const auto group = commands_under(words);
  return group.size() > 1 ? std::optional(list_of(group)) : std::nullopt;
}

int run_command(const Command& command, const Options& options, const Surroundings& around) {
  config::Loaded loaded;
  loaded.config.emplace();
  config::Selection selection{.explicit_file = options.optional("config")};
  if (command.wants_configuration) loaded = load_config(selection, around.environment, loop::catalog());
  for (const config::Problem& problem : loaded.problems) around.console.line(problem.display());
  if (!loaded.config) return code_of(Exit::configuration);
  const bool explicit_config = options.has("config") || around.environment.get("SCOPED_CONFIG").has_value();
  QuietConsole quiet(around.console);
  Console& console = options.has("quiet") ? static_cast<Console&>(quiet) : around.console;
  const Surroundings inside{around.environment, around.clock, around.random, console, around.stop};
  loop::Parts parts(parts_use(*loaded.config, inside, explicit_config));
  Run run{options, *loaded.config, explicit_config, inside, parts};
  const auto exit = command.run(run);
  if (!exit) return complain(around, exit.error(), exit_of(exit.error().code()));
  return code_of(*exit);
}

}  // namespace

Exit exit_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::configuration:
      return Exit::configuration;
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::denied:
    case ErrorCode::login:
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
    case ErrorCode::ambiguous:
    case ErrorCode::corrupt:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      return Exit::failed;
  }
  return Exit::failed;
}

loop::Parts::Use parts_use(const config::Config& config, const Surroundings& around, bool explicit_config) {
  return {.config = config,
          .environment = around.environment,
          .clock = around.clock,
          .random = around.random,
          .stop = around.stop.cut(),
          .wait = [&around](std::chrono::milliseconds length) { return around.stop.wait(length); },
          .lock_file =
              [&around, explicit_config](bool system) {
                const auto places = loop::agent_places(around.environment, system, explicit_config);
                return places ? places->lock_file : std::string();
              }};
}

// https://no-color.org: any value but an empty one counts.
bool Run::wants_colour() const {
  const auto none = around.environment.get("NO_COLOR");
  const auto terminal = around.environment.get("TERM");
  return console().is_terminal() && (!none || none->empty()) && terminal != "dumb";
}

Result<std::optional<TimeInterval>> Run::registry_time(const std::string& registry) const {
  const registry::ControlPlane* control = TRY(parts.control_of(registry));
  return control->server_time().at(around.clock.boot_now());
}

void Run::answer(const json::Value& document, const std::string& text) const {
  std::string shown = text;
  if (options.wants_document())
    shown = options.text("output") == "tsv" ? tsv_of(document) : json::dump_pretty(document);
  if (!shown.empty() && !shown.ends_with('\n')) shown += '\n';
  console().print(shown);
}

int run_program(const std::vector<std::string>& arguments, const Surroundings& around) {
  if (!arguments.empty() && arguments[0] == kCompleteWord)
    return run_completion({arguments.begin() + 1, arguments.end()}, around);
  std::vector<std::string> rest = arguments;
  const std::vector<std::string> leading = take_leading_config(rest);
  if (const auto answer = general_answer(rest)) {
    around.console.print(*answer);
    return code_of(Exit::ok);
  }
  auto chosen = choose_command(rest);
  if (!chosen) return complain(around, chosen.error(), Exit::usage);
  chosen->arguments.insert(chosen->arguments.begin(), leading.begin(), leading.end());
  const auto options = parse_options(*chosen->command, chosen->arguments);
  if (!options) return complain(around, options.error(), Exit::usage);
  if (options->has("help")) {
    around.console.print(help_of(*chosen->command));
    return code_of(Exit::ok);
  }
  return run_command(*chosen->command, *options, around);
}

}  // namespace scoped::ctl
