#include "common/config/files.h"

#include "common/base/file.h"
#include "common/config/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <system_error>

namespace scoped::config {
namespace {

constexpr const char* kSystemFolder = "/etc/scoped";
constexpr size_t kLargest = 1 << 20;

tl::unexpected<Error> errno_failure(std::string_view action) {
  const Error plain = errno_error(errno, action, "");
  return fail(plain.code(), std::string(action) + ": " + std::generic_category().message(errno));
}

// Where the user's configuration is: below XDG_CONFIG_HOME or HOME. Empty without a place.
struct UserPlace {
  std::string above;
  std::string folder;
};

UserPlace user_place(const Environment& environment) {
  const auto config = environment.get("XDG_CONFIG_HOME");
  if (config && config->starts_with('/')) return {*config, *config + "/scoped"};
  const auto home = environment.get("HOME");
  return home && home->starts_with('/') ? UserPlace{*home, *home + "/.config/scoped"} : UserPlace{};
}

// A service that runs as one user with the HOME of another: what it may not read there is not its own.
bool is_somebody_elses(const Environment& environment) {
  struct stat info {};
  const std::string above = user_place(environment).above;
  return stat(above.c_str(), &info) != 0 || info.st_uid != environment.uid();
}

bool is_roots(const std::string& folder) {
  const auto fd = open_for_root(folder);
  struct stat info {};
  return fd && fstat(fd->get(), &info) == 0 && info.st_uid == 0;
}

// Root does not even list what is in another's folder: `sudo -E` keeps the user's HOME.
void add_level(const std::string& folder, bool system, bool root, std::vector<FileToRead>& files) {
  files.push_back({folder + "/config.json", system, false, {}});
  const std::string more = folder + "/config.d";
  if (root && !system && !is_roots(more)) return;
  const auto names = list_folder(more);
  if (!names && names.error().code() != ErrorCode::not_found)
    files.push_back({more, system, false, names.error().line()});
  if (!names) return;
  for (const std::string& name : *names)
    if (name.ends_with(".json") && !name.starts_with('.'))
      files.push_back({more + "/" + name, system, false, {}});
}

Result<Fd> open_plainly(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return errno_failure("it cannot be opened");
  return fd;
}

// Of the opened file, so that nobody can put another in its place after the look.
Result<> check_opened(const Fd& fd, bool root) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return errno_failure("it cannot be looked at");
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::configuration, "it is not a regular file");
  if (root && info.st_uid != 0)
    return fail(ErrorCode::denied,
                "it belongs to uid " + std::to_string(info.st_uid) + ", and root reads only what is root's");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(ErrorCode::configuration, "its group or others may write it: run 'chmod go-w' on it");
  return {};
}

Result<std::string> read_checked(const std::string& path, bool root) {
  const Fd fd = TRY(root ? open_for_root(path) : open_plainly(path));
  TRY(check_opened(fd, root));
  auto text = read_all(fd.get(), kLargest, path);
  if (!text && text.error().code() == ErrorCode::corrupt)
    return fail(ErrorCode::configuration, "it is longer than " + std::to_string(kLargest) + " bytes");
  return text;
}

}  // namespace

std::vector<FileToRead> find_files(const Selection& selection, const Environment& environment) {
  const auto named = selection.explicit_file ? selection.explicit_file : environment.get("SCOPED_CONFIG");
  if (named) return {{*named, false, true, {}}};
  std::vector<FileToRead> files;
  const bool root = environment.uid() == 0;
  if (!selection.user_only) add_level(kSystemFolder, true, root, files);
  const std::string folder = user_place(environment).folder;
  if (selection.system_only || folder.empty()) return files;
  add_level(folder, false, root, files);
  if (is_somebody_elses(environment))
    std::erase_if(files, [](const FileToRead& file) { return !file.system && !file.problem.empty(); });
  return files;
}

Result<std::optional<std::string>> read_config_file(const FileToRead& file, const Environment& environment) {
  const bool root = environment.uid() == 0;
  auto text = read_checked(file.path, root);
  if (text) return std::optional<std::string>(std::move(*text));
  const ErrorCode code = text.error().code();
  const bool absent = code == ErrorCode::not_found;
  const bool others = !file.system && code == ErrorCode::denied && (root || is_somebody_elses(environment));
  if (!file.required && (absent || others)) return std::optional<std::string>();
  return fail(std::move(text).error());
}

}  // namespace scoped::config
