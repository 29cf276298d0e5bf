#include "agent/options.h"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>

#include <sstream>

namespace scoped {
namespace {

namespace po = boost::program_options;

po::options_description describe() {
  po::options_description flags("Options");
  flags.add_options()("system", "serve /etc/scoped for everybody (the default for root without --config)")(
      "user", "serve the configuration of whoever starts it (the default otherwise)")(
      "config", po::value<std::string>(),
      "read this file alone; sockets and state go beside $SCOPED_AGENT_SOCKET")(
      "debug", "log what happens, not only what changed")("help,h", "print this text")("version,V",
                                                                                       "print the version");
  return flags;
}

}  // namespace

Result<AgentOptions> parse_agent_options(int argc, const char* const* argv) {
  po::variables_map given;
  try {
    const po::options_description flags = describe();
    po::store(po::command_line_parser(argc, argv).options(flags).positional({}).run(), given);
    po::notify(given);
  } catch (const po::error& problem) {
    return fail(ErrorCode::invalid_input, problem.what());
  }
  AgentOptions options;
  options.help = given.count("help") > 0;
  options.version = given.count("version") > 0;
  options.debug = given.count("debug") > 0;
  options.system = given.count("system") > 0;
  options.user = given.count("user") > 0;
  if (given.count("config") > 0) options.config = given["config"].as<std::string>();
  if (options.system && options.user)
    return fail(ErrorCode::invalid_input, "--system and --user exclude each other");
  return options;
}

std::string agent_help() {
  std::ostringstream text;
  text
      << "usage: scoped-agent [--system | --user] [--config FILE] [--debug]\n\n"
         "Keeps warm copies of registry passwords for docker-credential-scoped, watches their expiry and, "
         "with\n"
         "the duty \"rotate\" in \"agent\": {\"duties\": [...]}, rotates between the two passwords of each "
         "token.\n"
         "Runs in the foreground under systemd; SIGTERM ends it in the middle of any step without a loss.\n\n"
      << describe()
      << "\nExit codes: 0 ended when asked to, 1 failed, 2 wrong arguments, 78 wrong configuration.\n"
         "Log: one line an event on stderr. What it is doing: scopedctl status.\n";
  return text.str();
}

}  // namespace scoped
