#include "tests/emulator/options.h"

#include "tests/emulator/faults.h"
#include "tests/emulator/model.h"
#include "tests/emulator/names.h"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>
#include <fmt/format.h>

#include <sstream>

namespace scoped::emulator {
namespace {

namespace po = boost::program_options;

constexpr int kHighestPort = 65'530;  // five more follow it
constexpr int64_t kLongestLife = 86'400;

po::options_description describe(Options& options, int64_t& life) {
  po::options_description flags("Options", 110);
  flags.add_options()("registry", po::value(&options.registry)->value_name("NAME"),
                      "name of the registry, 5 to 50 letters and digits (myregistry)")(
      "storage", po::value(&options.storage)->value_name("DIR"),
      "serve images too, kept in this folder: starts nginx and docker-registry")(
      "state", po::value(&options.state)->value_name("FILE"),
      "keep scope maps and tokens in this JSON file, and begin with what is in it")(
      "port", po::value(&options.port)->value_name("N"),
      "login server on N, then ARM and Entra, faults, managed identity, replica, Key Vault (free ports)")(
      "token-life", po::value(&life)->value_name("SECONDS"),
      "life of the bearers that Entra gives out (3599)")(
      "login-server", po::value(&options.login_server)->value_name("HOST"),
      "serve images as HOST on 127.0.0.1:443 (localhost:N)")(
      "tier", po::value(&options.tier)->value_name("NAME"),
      "Basic, Standard or Premium, which have other limits (Premium)")(
      "revoke-at-once", po::bool_switch(&options.revoke_at_once),
      "refuse the access tokens of a token that is disabled or gone, before they end by themselves")(
      "help,h", "print this text")("version,V", "print the version");
  return flags;
}

Result<> check(const Options& options, int64_t life) {
  const auto wrong = [](std::string what) { return fail(ErrorCode::invalid_input, std::move(what)); };
  if (!options.registry.empty() && !is_registry_name(options.registry))
    return wrong(fmt::format("--registry '{}' is not 5 to 50 letters and digits", options.registry));
  if (options.port < 0 || options.port > kHighestPort)
    return wrong(fmt::format("--port {} is not between 0 and {}", options.port, kHighestPort));
  if (life < 1 || life > kLongestLife)
    return wrong(fmt::format("--token-life {} is not between 1 and {}", life, kLongestLife));
  if (!options.login_server.empty() && !is_host_name(options.login_server))
    return wrong(fmt::format("--login-server '{}' is no host name in lower case", options.login_server));
  if (find_tier(options.tier) == nullptr)
    return wrong(fmt::format("--tier '{}' is none of Basic, Standard and Premium", options.tier));
  return {};
}

constexpr std::string_view kIntroduction =
    R"(usage: acr-emulator [--registry NAME] [--storage DIR] [--state FILE] [--port N]
                    [--token-life SECONDS] [--login-server HOST] [--tier NAME] [--revoke-at-once]

A stand-in for Azure Container Registry's tokens and scope maps on loopback: ARM, Entra ID's token endpoint
and the registry's own, with TLS from an authority that is made at start. With --storage it is a whole
registry: nginx as the one front door, CNCF Distribution behind it. It runs until SIGTERM or SIGINT. The Azure
CLI can drive it: packaging/doc/emulator.md has the command lines.

)";

constexpr std::string_view kReadyLine = R"(
When it is ready it prints one JSON line:
  arm, authority          where ARM and Entra ID are
  login_server            the registry's host, with its port unless that is 443
  fault                   where faults are asked for (plain HTTP)
  ca                      file with the certificate of the authority
  tenant, client_id, client_secret         of the application that may log in
  subscription, resource_group, registry   of the registry
  client_certificate, federated_token      files with what it may log in with instead of the secret
  managed_identity, identity_header        where a machine of Azure and an App Service get bearers (plain HTTP)
  replica                 host and port where tokens can log in too; no images
  log_analytics, workspace                 where the logs are asked, and the GUID of the workspace
  key_vault                                a Key Vault, whatever its name; its secrets end with the program

What is not known of Azure is a choice here: an access token stays good for its 75 minutes when its token is
disabled or loses its password, unless --revoke-at-once is given; a regenerated password is known at once,
unless the fault replication_delay is armed; no operation needs polling, unless the fault async is armed.

The state file holds passwords of tokens as SHA-256 only; client_secret and the admin user's passwords stand in
it as they are. Bearers, access tokens and logs end with
the program. Clients log in as a token at login_server; nginx's access.log in DIR names the user.

Faults: POST {"fault": KIND, "match": TEXT, "times": N, ...} to the fault address, GET lists what is armed and
how often it was hit, DELETE clears. TEXT is looked for in "FAMILY METHOD TARGET" of each request, with FAMILY
arm, entra, login, identity, logs or vault, for example "arm POST" or "generateCredentials"; without it every request to ARM is hit.
)";

constexpr std::string_view kExitCodes = R"(
Exit codes: 0 ended when asked to, 1 could not start or a server of it ended, 2 wrong arguments.
)";

}  // namespace

Result<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  int64_t life = options.token_life.count();
  try {
    const po::options_description flags = describe(options, life);
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(flags).positional({}).run(), given);
    po::notify(given);
    options.help = given.count("help") > 0;
    options.version = given.count("version") > 0;
  } catch (const po::error& problem) {
    return fail(ErrorCode::invalid_input, problem.what());
  }
  TRY(check(options, life));
  options.token_life = std::chrono::seconds(life);
  return options;
}

std::string help_text() {
  Options options;
  int64_t life = 0;
  std::ostringstream text;
  text << kIntroduction << describe(options, life) << kReadyLine << describe_faults() << kExitCodes;
  return text.str();
}

}  // namespace scoped::emulator
