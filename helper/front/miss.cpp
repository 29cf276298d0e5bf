#include "helper/front/miss.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>

namespace scoped::front {
namespace {

using broker::Heard;
using broker::Hearing;
using broker::Level;

bool may_exist(const std::string& path) {
  return access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool has_configuration(const std::string& folder) {
  return may_exist(folder + "/config.json") || may_exist(folder + "/config.d");
}

// $VARIABLE, else the folder below HOME; empty when neither is set.
std::string folder_of_user(const Environment& environment, const char* variable, const char* below_home) {
  if (const auto given = environment.get(variable)) return *given + "/scoped";
  const auto home = environment.get("HOME");
  return home ? *home + below_home + "/scoped" : std::string();
}

bool has_user_files(const Environment& environment) {
  if (environment.get("SCOPED_CONFIG")) return true;
  const std::string configuration = folder_of_user(environment, "XDG_CONFIG_HOME", "/.config");
  if (!configuration.empty() && has_configuration(configuration)) return true;
  const std::string state = folder_of_user(environment, "XDG_STATE_HOME", "/.local/state");
  return !state.empty() && may_exist(state + "/logins");
}

}  // namespace

bool is_certain_miss(const std::vector<Hearing>& asked, const Environment& environment,
                     const std::string& system_folder) {
  bool heard_one = false, heard_system = false;
  for (const Hearing& hearing : asked) {
    if (hearing.heard == Heard::absent) continue;
    if (hearing.heard != Heard::not_mine) return false;
    heard_one = true;
    heard_system = heard_system || hearing.level == Level::system;
  }
  if (!heard_one || has_user_files(environment)) return false;
  return heard_system || !has_configuration(system_folder);
}

}  // namespace scoped::front
