#include "agent/ctl/configure_profile.h"

#include "common/base/file.h"
#include "common/protocol/texts.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace scoped::ctl {
namespace {

std::vector<std::string> folders_of_path(const Environment& environment) {
  std::vector<std::string> folders;
  const std::string path = environment.get("PATH").value_or("");
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    if (end > at) folders.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return folders;
}

bool is_program(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_on_path(const Environment& environment, const std::string& program) {
  for (const std::string& folder : folders_of_path(environment))
    if (is_program(folder + "/" + program)) return folder + "/" + program;
  return std::nullopt;
}

Result<> check_profile(const std::string& profile) {
  const bool is_name =
      !profile.empty() && profile.size() <= 64 && profile.front() != '.' &&
      profile.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
          std::string::npos;
  if (is_name) return {};
  return fail(ErrorCode::invalid_input, "'" + profile + "' cannot be part of a program's name");
}

Result<std::string> make_profile_link(const std::string& profile, const Environment& environment,
                                      Console& console) {
  const std::string helper(protocol::kProgram);
  const std::string name = helper + "-" + profile;
  if (const auto there = find_on_path(environment, name)) return *there;
  const auto found = find_on_path(environment, helper);
  if (!found) return fail(ErrorCode::not_found, "'" + helper + "' is not on the PATH: install it");
  std::string folder = folder_of(*found);
  if (access(folder.c_str(), W_OK) != 0) {
    folder = environment.get("HOME").value_or("/nonexistent") + "/.local/bin";
    TRY(make_folders(folder, 0755));
    const auto known = folders_of_path(environment);
    if (std::find(known.begin(), known.end(), folder) == known.end())
      console.line("scopedctl: note: '" + folder + "' is not on the PATH: clients do not find '" + name +
                   "' there");
  }
  const std::string link = folder + "/" + name;
  if (symlink(found->c_str(), link.c_str()) != 0 && errno != EEXIST)
    return fail(errno_error(errno, "make link", link));
  return link;
}

}  // namespace scoped::ctl
