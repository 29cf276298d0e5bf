// scoped-agent: reads the configuration, takes its lock, binds its sockets, runs. Exit codes: 0 ended when
// asked to, 1 failed, 2 usage, 78 configuration.
#include "agent/loop/agent.h"
#include "agent/loop/listening.h"
#include "agent/options.h"
#include "agent/privileges.h"
#include "agent/serve/listeners.h"
#include "common/answer/directory.h"
#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/config/load.h"
#include "common/crypto/arena.h"

#include <stdio.h>

namespace scoped {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kConfiguration = 78;
constexpr const char* kSystemUser = "scoped";
constexpr mode_t kPrivateSocket = 0600;

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

int configuration_problem(const std::string& line) {
  fprintf(stderr, "scoped-agent: %s\n", line.c_str());
  return kConfiguration;
}

struct Prepared {
  FileLock lock;
  Fd control;
  std::vector<loop::BoundSocket> sockets;
};

// A container may have made its own socket's place unusable, which is no reason not to serve the others.
Result<std::vector<loop::BoundSocket>> bind_all(std::vector<loop::SocketPlan> plans, const loop::Log& log) {
  std::vector<loop::BoundSocket> sockets;
  for (loop::SocketPlan& plan : plans) {
    const std::string name = plan.listener;
    const bool is_for_all = !plan.only;
    auto bound = loop::bind_socket(std::move(plan));
    if (!bound && is_for_all) return tl::unexpected(bound.error());
    if (bound)
      sockets.push_back(std::move(*bound));
    else
      log.write(loop::Level::warning, "listener not served, skipping",
                {{"listener", name}, {"why", bound.error().line()}});
  }
  return sockets;
}

Result<Prepared> prepare(std::vector<loop::SocketPlan> plans, const loop::Places& places, bool system,
                         const loop::Log& log) {
  TRY(make_folders(folder_of(places.lock_file), system ? 0755 : 0700));
  auto lock = TRY(FileLock::acquire(places.lock_file, std::chrono::milliseconds(200)));
  if (!lock)
    return fail(ErrorCode::conflict, "another scoped-agent runs: it holds '" + places.lock_file + "'");
  Prepared prepared{std::move(*lock), {}, {}};
  prepared.control = TRY(serve::bind_socket(places.control_socket, kPrivateSocket));
  prepared.sockets = TRY(bind_all(std::move(plans), log));
  return prepared;
}

// None without the broker's duty.
Result<std::vector<loop::SocketPlan>> plan_for(const config::Config& configuration, const loop::Site& site) {
  if (!configuration.agent.duties.contains("broker")) return std::vector<loop::SocketPlan>();
  return loop::plan_sockets(configuration, site);
}

int run(const AgentOptions& options) {
  const RealEnvironment environment;
  const loop::Log log(options.debug);
  const Setting setting = setting_of(options, environment);
  config::Loaded loaded = config::load_config(setting.selection, environment, loop::catalog());
  if (!loaded.config) {
    for (const config::Problem& problem : loaded.problems) fprintf(stderr, "%s\n", problem.display().c_str());
    return kConfiguration;
  }
  const config::Config& configuration = *loaded.config;
  const answer::Directory directory = answer::system_directory();
  const auto permissions = answer::resolve_permissions(configuration, directory);
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
  auto plans = plan_for(configuration, {setting.system, *places, directory, account.gid});
  if (!plans) return configuration_problem(plans.error().line());
  auto prepared = prepare(std::move(*plans), *places, setting.system, log);
  if (prepared && setting.system && environment.uid() == 0)
    if (const auto changed = become(account); !changed) prepared = tl::unexpected(changed.error());
  if (!prepared) {
    fprintf(stderr, "scoped-agent: %s\n", prepared.error().line().c_str());
    return kFailed;
  }
  const RealClock clock;
  SystemRandom random;
  const auto ended = loop::run_agent({.configuration = configuration,
                                      .permissions = *permissions,
                                      .environment = environment,
                                      .clock = clock,
                                      .random = random,
                                      .log = log,
                                      .sockets = std::move(prepared->sockets),
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
  scoped::raise_descriptor_limit();
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
