// A command of scopedctl as data: its words, what it teaches and its flags. Parser, help and completion are
// made from these rows (options.cpp, help.cpp, completion_text.cpp), so they cannot disagree. Constants; no
// thread rule.
#pragma once

#include "common/base/result.h"

#include <span>
#include <string_view>

namespace scoped::ctl {

class Options;
struct Run;

// What a caller may do next, as the program's exit code (DESIGN section 12).
enum class Exit { ok = 0, failed = 1, usage = 2, findings = 3, configuration = 78 };

// What a shell may complete an argument with, beside its choices.
enum class Names { none, file, registry, token, scope_map, repository };

struct Flag {
  std::string_view name;        // "registry", without dashes
  char letter = 0;              // the short form
  std::string_view value = {};  // what its argument is called in the help; empty: a switch
  std::string_view help = {};   // one sentence
  bool required = false;
  bool repeated = false;          // may be given again, each time with one value or more
  std::string_view choices = {};  // "table|json"; empty: any text
  Names completes = Names::none;  // of a repeated flag: its first value
};

struct Positional {
  std::string_view name;
  std::string_view help;
  bool required = false;
  std::string_view choices = {};
  Names completes = Names::none;
};

struct ExitNote {
  Exit code;
  std::string_view when;
};

struct Command {
  std::string_view words;    // "token create"
  std::string_view summary;  // one line, for the list of commands
  std::string_view about;    // paragraphs, as they are printed
  std::span<const Positional> positionals = {};
  std::span<const Flag> flags = {};
  std::string_view examples;            // lines; those that begin with "scopedctl" are parsed by a test
  std::span<const ExitNote> exits{};    // beside what 0, 1, 2 and 78 always mean
  bool wants_configuration = true;      // loaded, and its problems told, before `run`
  Result<> (*check)(const Options&){};  // what one flag cannot say alone; its error is a usage error
  Result<Exit> (*run)(Run&);
};

// Flags that several commands share.
inline constexpr Flag kRegistryFlag = {
    .name = "registry",
    .letter = 'r',
    .value = "HOST",
    .help = "The registry: its host or the host's first word; not needed where only one is configured.",
    .completes = Names::registry};
inline constexpr Flag kOutputFlag = {
    .name = "output",
    .letter = 'o',
    .value = "FORMAT",
    .help = "How the answer is printed: 'table' (the default) for people, 'json' or 'tsv' for programs.",
    .choices = "table|json|tsv"};
// What every command takes.
inline constexpr Flag kEverywhere[] = {
    {.name = "config",
     .value = "FILE",
     .help = "Read this configuration file and no other.",
     .completes = Names::file},
    {.name = "quiet", .letter = 'q', .help = "No progress, no notes: the answer and errors only."},
    {.name = "help", .letter = 'h', .help = "Explain this command."},
};

}  // namespace scoped::ctl
