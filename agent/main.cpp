// scoped-agent: reads the configuration, takes its lock, binds its sockets, runs. Exit codes: 0 ended when
// asked to, 1 failed, 2 usage, 78 configuration.
#include "agent/loop/agent.h"
#include "agent/options.h"
#include "agent/privileges.h"
#include "agent/serve/listeners.h"
#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/config/load.h"
#include "common/crypto/arena.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scoped {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kConfiguration = 78;
constexpr const char* kSystemUser = "scoped";
constexpr mode_t kPrivateSocket = 0600;
constexpr mode_t kGroupSocket = 0660;

// How this agent was started: whose configuration it serves, and where it puts things.
struct Setting {
  bool system = false;
  bool explicit_config = false;
  config::Selection selection;
};

Setting setting_of(const AgentOptions& options, const Environment& environment) {
  Setting setting;
  setting.explicit_config = options.config || environment.get("SCOPED_CONFIG");
  setting.system = options.system || (!options.user && !setting.explicit_config && environment.uid() == 0);
  if (setting.explicit_config) setting.system = false;
  setting.selection.explicit_file = options.config;
  setting.selection.system_only = setting.system && !setting.explicit_config;
  setting.selection.user_only = !setting.system && !setting.explicit_config;
  return setting;
}

answer::Directory directory() {
  return {[](const std::string& name) -> std::optional<uid_t> {
            const passwd* entry = getpwnam(name.c_str());
            return entry == nullptr ? std::nullopt : std::optional(entry->pw_uid);
          },
          [](const std::string& name) -> std::optional<gid_t> {
            const group* entry = getgrnam(name.c_str());
            return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
          }};
}

int configuration_problem(const std::string& line) {
  fprintf(stderr, "scoped-agent: %s\n", line.c_str());
  return kConfiguration;
}

struct Prepared {
  FileLock lock;
  Fd host;
  Fd control;
};

// The system's host socket is open to the group that the configuration names.
Result<> open_to_group(const config::Config& configuration, const std::string& path) {
  for (const auto& [name, listener] : configuration.agent.listeners) {
    if (!listener.has("group")) continue;
    const group* entry = getgrnam(listener.text("group").c_str());
    if (entry == nullptr)
      return fail(ErrorCode::configuration, listener.origin.file + ":" +
                                                std::to_string(listener.origin.line) +
                                                ": there is no group '" + listener.text("group") + "'");
    if (chown(path.c_str(), 0, entry->gr_gid) != 0)
      return fail(errno_error(errno, "change the group of", path));
  }
  return {};
}

Result<Prepared> prepare(const config::Config& configuration, const loop::Places& places, bool system) {
  TRY(make_folders(folder_of(places.lock_file), system ? 0755 : 0700));
  auto lock = TRY(FileLock::acquire(places.lock_file, std::chrono::milliseconds(200)));
  if (!lock)
    return fail(ErrorCode::conflict, "another scoped-agent runs: it holds '" + places.lock_file + "'");
  Prepared prepared{std::move(*lock), {}, {}};
  prepared.control = TRY(serve::bind_socket(places.control_socket, kPrivateSocket));
  if (configuration.agent.duties.contains("broker")) {
    prepared.host = TRY(serve::bind_socket(places.host_socket, system ? kGroupSocket : kPrivateSocket));
    if (system) TRY(open_to_group(configuration, places.host_socket));
  }
  return prepared;
}

int run(const AgentOptions& options) {
  const RealEnvironment environment;
  const Setting setting = setting_of(options, environment);
  config::Loaded loaded = config::load_config(setting.selection, environment, loop::catalog());
  if (!loaded.config) {
    for (const config::Problem& problem : loaded.problems) fprintf(stderr, "%s\n", problem.display().c_str());
    return kConfiguration;
  }
  const config::Config& configuration = *loaded.config;
  const auto permissions = answer::resolve_permissions(configuration, directory());
  if (!permissions) return configuration_problem(permissions.error().line());
  Account account{environment.uid(), environment.gid()};
  if (setting.system) {
    const auto found = find_account(kSystemUser);
    if (!found)
      return configuration_problem(found.error().line() + ": install the package, or run with --user");
    account = *found;
  }
  const auto places = loop::agent_places(environment, setting.system, setting.explicit_config);
  if (!places) return configuration_problem(places.error().line());
  auto prepared = prepare(configuration, *places, setting.system);
  if (prepared && setting.system && environment.uid() == 0)
    if (const auto changed = become(account); !changed) prepared = tl::unexpected(changed.error());
  if (!prepared) {
    fprintf(stderr, "scoped-agent: %s\n", prepared.error().line().c_str());
    return prepared.error().code() == ErrorCode::configuration ? kConfiguration : kFailed;
  }
  const RealClock clock;
  SystemRandom random;
  const loop::Log log(options.debug);
  const auto ended = loop::run_agent({.configuration = configuration,
                                      .permissions = *permissions,
                                      .environment = environment,
                                      .clock = clock,
                                      .random = random,
                                      .log = log,
                                      .host_socket = std::move(prepared->host),
                                      .control_socket = std::move(prepared->control),
                                      .state_folder = places->state_folder,
                                      .owner = account.uid});
  if (ended) return 0;
  fprintf(stderr, "scoped-agent: %s\n", ended.error().line().c_str());
  return kFailed;
}

}  // namespace
}  // namespace scoped

int main(int argc, char** argv) {
  scoped::forbid_core_files();
  scoped::crypto::install_secret_arena();
  const auto options = scoped::parse_agent_options(argc, argv);
  if (!options) {
    fprintf(stderr, "scoped-agent: %s; see 'scoped-agent --help'\n", options.error().line().c_str());
    return scoped::kUsage;
  }
  if (options->help) {
    fputs(scoped::agent_help().c_str(), stdout);
    return 0;
  }
  if (options->version) {
    puts("scoped-agent " SCOPED_VERSION);
    return 0;
  }
  return scoped::run(*options);
}
