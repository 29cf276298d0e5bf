#include "tests/emulator/processes.h"

#include "common/base/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <thread>

namespace scoped::emulator {
namespace {

constexpr std::chrono::seconds kPatience{5};

std::string cache_folder(const Environment& environment) {
  if (const auto given = environment.get("SCOPED_CACHE")) return *given;
  const auto base = environment.get("XDG_CACHE_HOME");
  if (base) return *base + "/docker-credential-scoped";
  return environment.get("HOME").value_or("") + "/.cache/docker-credential-scoped";
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* argv, char* const* env, int log, int inherited, pid_t parent) {
  setpgid(0, 0);
  // Handlers of ours must not run here, and an ignored signal would stay ignored (SIGPIPE is, by the
  // library).
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before the line above
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (inherited == 3) {
    fcntl(3, F_SETFD, 0);  // dup2 onto itself would leave close-on-exec set
  } else if (inherited >= 0) {
    dup2(inherited, 3);
  }
  close_range(inherited >= 0 ? 4 : 3, ~0U, 0);
  execve(argv[0], argv, env);
  _exit(127);
}

// All signals wait while this lives: a child must not run our handlers before it has taken them off.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

std::string how(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  return "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

Result<std::string> find_program(const std::string& name, const Environment& environment) {
  const std::string unpacked = cache_folder(environment) + "/servers/usr/";
  std::istringstream folders(environment.get("PATH").value_or("/usr/bin:/bin") +
                             ":/usr/local/sbin:/usr/sbin:/sbin:" + unpacked + "bin:" + unpacked + "sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + "/" + name;
    if (!folder.empty() && access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(ErrorCode::not_found, "'" + name + "' is not here: run 'packaging/deps lab'");
}

Result<> Children::start(const Command& command) {
  const Fd log(open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return fail(errno_error(errno, "open", command.log));
  const auto argv = pointers(command.argv);
  const auto env = pointers(command.env);
  const pid_t parent = getpid();
  const SignalsHeld held;
  const pid_t child = fork();
  if (child < 0) return fail(errno_error(errno, "start", command.name));
  if (child == 0) become(argv.data(), env.data(), log.get(), command.inherited, parent);
  running_.emplace(child, command.name);
  return {};
}

std::string Children::ended() {
  for (auto at = running_.begin(); at != running_.end(); ++at) {
    int status = 0;
    if (waitpid(at->first, &status, WNOHANG) != at->first) continue;
    kill(-at->first, SIGKILL);  // what it started itself
    std::string text = at->second + " ended with " + how(status);
    running_.erase(at);
    return text;
  }
  return {};
}

void Children::stop() {
  for (const auto& [pid, name] : running_) kill(pid, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!running_.empty()) {
    if (!ended().empty()) continue;
    if (std::chrono::steady_clock::now() > deadline)
      for (const auto& [pid, name] : running_) kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace scoped::emulator
