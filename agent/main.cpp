// scoped-agent: reads the configuration, takes its lock, gets its sockets, runs, and begins anew after a
// reload. Exit codes: 0 ended when asked to, 1 failed, 2 usage, 78 configuration.
#include "agent/loop/agent.h"
#include "agent/loop/notify.h"
#include "agent/loop/sockets.h"
#include "agent/options.h"
#include "agent/privileges.h"
#include "agent/publish/publisher.h"
#include "common/answer/directory.h"
#include "common/base/file.h"
#include "common/base/lock.h"
#include "common/config/load.h"
#include "common/crypto/arena.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

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

// The service manager shows the status also after the end.
int configuration_problem(const std::string& line) {
  fprintf(stderr, "scoped-agent: %s\n", line.c_str());
  loop::notify_status(line);
  return kConfiguration;
}

int failed(const std::string& line) {
  fprintf(stderr, "scoped-agent: %s\n", line.c_str());
  loop::notify_status(line);
  return kFailed;
}

// None without the broker's duty.
Result<std::vector<loop::SocketPlan>> plan_for(const config::Config& configuration, const loop::Site& site) {
  if (!configuration.agent.duties.contains("broker")) return std::vector<loop::SocketPlan>();
  return loop::plan_sockets(configuration, site);
}

// Whatever follows from a configuration before anything is done. All of it is right, or there is one line on
// what is not and `problems` has been said.
struct Checked {
  config::Config configuration;
  answer::Permissions permissions;
  std::vector<loop::SocketPlan> plans;
};

class Program {
 public:
  explicit Program(const AgentOptions& options)
      : log_(options.debug), setting_(setting_of(options, environment_)) {}
  int run();

 private:
  Result<> find_places();
  Result<Checked> check() const;  // says every mistake
  Result<Checked> resolve(config::Config configuration) const;
  Result<> take_lock();
  Result<loop::Ended> run_once();

  const RealEnvironment environment_;
  const RealClock clock_;
  SystemRandom random_;
  const loop::Log log_;
  const Setting setting_;
  const answer::Directory directory_ = answer::system_directory();
  Account account_;
  loop::Places places_;
  std::optional<FileLock> lock_;
  loop::Sockets sockets_{loop::ActivatedSockets::take_over()};
  answer::Copies copies_{std::chrono::milliseconds(0)};
  std::optional<Checked> next_;  // the configuration of the next run
};

Result<> Program::find_places() {
  account_ = {environment_.uid(), environment_.gid()};
  if (setting_.system) {
    const auto found = find_account(kSystemUser);
    if (!found)
      return fail(ErrorCode::configuration,
                  found.error().line() + ": install the package, or run with --user");
    account_ = *found;
  }
  places_ = TRY(loop::agent_places(environment_, setting_.system, setting_.explicit_config));
  return {};
}

Result<Checked> Program::check() const {
  config::Loaded loaded = config::load_config(setting_.selection, environment_, loop::catalog());
  for (const config::Problem& problem : loaded.problems) fprintf(stderr, "%s\n", problem.display().c_str());
  if (!loaded.config) {
    const size_t more = loaded.problems.size() - 1;
    return fail(ErrorCode::configuration, loaded.problems.front().display() +
                                              (more == 0 ? "" : ", and " + std::to_string(more) + " more"));
  }
  auto checked = resolve(std::move(*loaded.config));
  if (!checked) fprintf(stderr, "scoped-agent: %s\n", checked.error().line().c_str());
  return checked;
}

Result<Checked> Program::resolve(config::Config configuration) const {
  auto permissions = TRY(answer::resolve_permissions(configuration, directory_));
  auto plans = TRY(plan_for(configuration, {setting_.system, places_, directory_, account_.gid}));
  for (const auto& [name, settings] : configuration.publishers)
    TRY(publish::make_publisher(settings, {environment_, clock_, {}}));
  TRY(publish::check_publishers(configuration.publishers));
  return Checked{std::move(configuration), std::move(permissions), std::move(plans)};
}

Result<> Program::take_lock() {
  TRY(make_folders(folder_of(places_.lock_file), setting_.system ? 0755 : 0700));
  auto lock = TRY(FileLock::acquire(places_.lock_file, std::chrono::milliseconds(200)));
  if (!lock)
    return fail(ErrorCode::conflict, "another scoped-agent runs: it holds '" + places_.lock_file + "'");
  lock_ = std::move(*lock);
  return {};
}

Result<loop::Ended> Program::run_once() {
  Checked current = std::move(*next_);
  next_.reset();
  auto sockets = TRY(sockets_.open(std::move(current.plans), log_));
  auto control = TRY(sockets_.open_control(places_.control_socket, kPrivateSocket));
  if (setting_.system && geteuid() == 0) TRY(become(account_));
  copies_.begin_anew(current.configuration.copies.revalidate_agent);
  return loop::run_agent({.configuration = current.configuration,
                          .permissions = current.permissions,
                          .environment = environment_,
                          .clock = clock_,
                          .random = random_,
                          .log = log_,
                          .sockets = std::move(sockets),
                          .control_socket = std::move(control),
                          .state_folder = places_.state_folder,
                          .hooks_folder = places_.hooks_folder,
                          .lock_file = places_.lock_file,
                          .owner = account_.uid,
                          .copies = copies_,
                          .look_for_another = [this]() -> Result<> {
                            next_ = TRY(check());
                            return {};
                          }});
}

int Program::run() {
  if (const auto found = find_places(); !found) return configuration_problem(found.error().line());
  auto checked = check();
  if (!checked) {  // its mistakes have been said, one line each
    loop::notify_status(checked.error().line());
    return kConfiguration;
  }
  next_ = std::move(*checked);
  if (const auto locked = take_lock(); !locked) return failed(locked.error().line());
  for (;;) {
    const auto ended = run_once();
    if (!ended) return failed(ended.error().line());
    if (*ended == loop::Ended::stopped) return 0;
  }
}

}  // namespace
}  // namespace scoped

int main(int argc, char** argv) {
  scoped::forbid_core_files();
  mallopt(M_ARENA_MAX, 2);  // an arena for each of ten threads keeps ten times what a list of tokens took
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
  return scoped::Program(*options).run();
}
