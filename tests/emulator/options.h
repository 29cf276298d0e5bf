// The command line of acr-emulator.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <string>

namespace scoped::emulator {

struct Options {
  bool help = false;
  bool version = false;
  std::string registry;  // empty: what the state file says, else "myregistry"
  std::string storage;   // empty: no data plane but the token endpoint
  std::string state;     // empty: nothing is kept
  std::string login_server;
  std::string tier = "Premium";
  bool revoke_at_once = false;
  int port = 0;
  std::chrono::seconds token_life{3599};
};

// invalid_input: one line on what is wrong with the arguments.
Result<Options> parse_options(int argc, const char* const* argv);
std::string help_text();

}  // namespace scoped::emulator
