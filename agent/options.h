// The command line of scoped-agent.
#pragma once

#include "common/base/result.h"

#include <optional>
#include <string>

namespace scoped {

struct AgentOptions {
  bool help = false;
  bool version = false;
  bool debug = false;
  bool system = false;
  bool user = false;
  std::optional<std::string> config;
};

// invalid_input: one line on what is wrong with the arguments.
Result<AgentOptions> parse_agent_options(int argc, const char* const* argv);
std::string agent_help();

}  // namespace scoped
