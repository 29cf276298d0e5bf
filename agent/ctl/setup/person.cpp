#include "agent/ctl/setup/person.h"

#include "agent/ctl/configure_profile.h"
#include "agent/ctl/console.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>

namespace scoped::ctl {
namespace {

constexpr std::chrono::seconds kPatience{60};

Result<std::string> own_path() {
  std::string path(PATH_MAX, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) return fail(errno_error(errno, "read", "/proc/self/exe"));
  path.resize(static_cast<size_t>(length));
  return path;
}

}  // namespace

std::optional<uid_t> caller_of_sudo(const Environment& environment) {
  const auto text = environment.get("SUDO_UID");
  if (environment.uid() != 0 || !text) return std::nullopt;
  uid_t uid = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), uid);
  if (problem != std::errc() || end != text->data() + text->size() || uid == 0) return std::nullopt;
  return uid;
}

std::vector<std::string> as_person(uid_t person, std::vector<std::string> argv) {
  const std::vector<std::string> sudo{"sudo", "-n", "-H", "-u", "#" + std::to_string(person), "--"};
  argv.insert(argv.begin(), sudo.begin(), sudo.end());
  return argv;
}

Result<Spawned> scopedctl_as(uid_t person, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TRY(own_path()));
  arguments.insert(arguments.end(), {"-o", "json"});
  Spawned done = TRY(spawn(as_person(person, std::move(arguments)), "", kPatience));
  if (done.exit_code == 0) return done;
  const std::string line = harmless(done.err.substr(0, done.err.find('\n')));
  return fail(ErrorCode::unavailable,
              "as the user who called sudo (uid " + std::to_string(person) +
                  "): " + (line.empty() ? "ended with " + std::to_string(done.exit_code) : line));
}

Error become_root(const Environment& environment, std::vector<std::string> arguments) {
  const auto own = own_path();
  if (!own) return own.error();
  const auto sudo = find_on_path(environment, "sudo");
  if (!sudo)
    return {ErrorCode::denied, "for all users it takes root, and 'sudo' is not on the PATH: run it as root"};
  arguments.insert(arguments.begin(), {*sudo, "--", *own});
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(sudo->c_str(), argv.data());
  return errno_error(errno, "run", *sudo);
}

}  // namespace scoped::ctl
