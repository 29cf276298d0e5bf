#include "agent/loop/parts.h"
#include "common/base/file.h"

namespace scoped::loop {
namespace {

std::string user_run_folder(const Environment& environment) {
  if (const auto folder = environment.get("XDG_RUNTIME_DIR")) return *folder;
  return "/run/user/" + std::to_string(environment.uid());
}

std::string user_state_folder(const Environment& environment) {
  if (const auto folder = environment.get("XDG_STATE_HOME")) return *folder;
  return environment.get("HOME").value_or("/nonexistent") + "/.local/state";
}

std::string user_config_folder(const Environment& environment) {
  if (const auto folder = environment.get("XDG_CONFIG_HOME")) return *folder;
  return environment.get("HOME").value_or("/nonexistent") + "/.config";
}

}  // namespace

Result<Places> agent_places(const Environment& environment, bool system, bool explicit_config) {
  if (explicit_config) {
    const auto socket = environment.get("SCOPED_AGENT_SOCKET");
    if (!socket)
      return fail(ErrorCode::not_found,
                  "with a configuration of its own an agent needs $SCOPED_AGENT_SOCKET");
    const std::string folder = folder_of(*socket);
    return Places{*socket, folder + "/containers", folder + "/control.sock", folder + "/agent.lock",
                  folder,  folder + "/hooks"};
  }
  if (system)
    return Places{"/run/scoped/host/agent.sock", "/run/scoped/containers", "/run/scoped/control.sock",
                  "/run/scoped/agent.lock",      "/var/lib/scoped",        "/etc/scoped/hooks"};
  const std::string run = user_run_folder(environment) + "/scoped";
  return Places{run + "/agent.sock",
                run + "/containers",
                run + "/control.sock",
                run + "/agent.lock",
                user_state_folder(environment) + "/scoped",
                user_config_folder(environment) + "/scoped/hooks"};
}

}  // namespace scoped::loop
