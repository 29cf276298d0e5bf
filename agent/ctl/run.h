// What a command's `run` gets: what was asked, the configuration, and the real parts behind it. Lives as long
// as the command; one thread.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/console.h"
#include "agent/ctl/options.h"
#include "agent/ctl/stop.h"
#include "agent/loop/parts.h"
#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/config/config.h"
#include "common/json/value.h"

#include <string>
#include <vector>

namespace scoped::ctl {

// What main has and a test can fake.
struct Surroundings {
  const Environment& environment;
  const Clock& clock;
  Random& random;
  Console& console;
  Stop& stop;
};

struct Run {
  const Options& options;
  const config::Config& config;
  bool explicit_config = false;  // --config or $SCOPED_CONFIG: no agent but its own serves it
  Surroundings around;
  loop::Parts& parts;

  Console& console() const { return around.console; }
  // The command's answer on standard output: the document with -o json, else the text.
  void answer(const json::Value& document, const std::string& text) const;
  Instant now() const { return around.clock.now(); }
  // Columns that a table may take; 0: as many as it likes.
  size_t width() const { return console().width(); }
  bool wants_colour() const;
  // The registry's own time where an answer has told it, else nothing.
  Result<std::optional<TimeInterval>> registry_time(const std::string& registry) const;
};

// The whole program but for main's setting up: chooses the command, reads options and configuration, runs.
// Returns the exit code; whatever went wrong has been said.
int run_program(const std::vector<std::string>& arguments, const Surroundings& around);

// What the real parts need of the surroundings.
loop::Parts::Use parts_use(const config::Config& config, const Surroundings& around, bool explicit_config);

// The one table from errors to exit codes, for errors of a command's run.
Exit exit_of(ErrorCode code);

}  // namespace scoped::ctl
