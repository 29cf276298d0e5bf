#include "common/config/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace scoped::config {
namespace {

constexpr int kMostLinks = 16;

// The way so far: an opened folder, its name for errors, and what is left to walk.
struct Walk {
  Fd folder;
  std::string shown;
  std::string rest;
  int links = 0;
};

std::string take_part(std::string& rest) {
  rest.erase(0, rest.find_first_not_of('/'));
  std::string part = rest.substr(0, rest.find('/'));
  rest.erase(0, part.size());
  return part;
}

bool has_parts(const std::string& rest) { return rest.find_first_not_of('/') != std::string::npos; }

Result<> check_folder(const Walk& walk) {
  struct stat info {};
  const std::string name = walk.shown.empty() ? "/" : walk.shown;
  if (fstat(walk.folder.get(), &info) != 0) return fail(errno_error(errno, "look at folder", name));
  if (info.st_uid != 0)
    return fail(ErrorCode::denied, "folder '" + name + "' belongs to uid " + std::to_string(info.st_uid) +
                                       ", and root reads only what is root's");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0)
    return fail(ErrorCode::configuration,
                "folder '" + name + "' may be written by others: run 'chmod go-w' on it");
  return {};
}

Result<> start_at_root(Walk& walk) {
  walk.folder = Fd(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  walk.shown.clear();
  if (!walk.folder) return fail(errno_error(errno, "open folder", "/"));
  return check_folder(walk);
}

Result<> enter(Walk& walk, const std::string& part) {
  Fd inner(openat(walk.folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  walk.shown.append("/").append(part);
  if (!inner) return fail(errno_error(errno, "open folder", walk.shown));
  walk.folder = std::move(inner);
  return check_folder(walk);
}

Result<> follow(Walk& walk, const std::string& part, const struct stat& link) {
  const std::string name = walk.shown + "/" + part;
  if (link.st_uid != 0)
    return fail(ErrorCode::denied, "link '" + name + "' belongs to uid " + std::to_string(link.st_uid) +
                                       ", and root follows only root's");
  char target[PATH_MAX];
  const ssize_t size = readlinkat(walk.folder.get(), part.c_str(), target, sizeof target);
  if (size < 0) return fail(errno_error(errno, "read link", name));
  if (++walk.links > kMostLinks || static_cast<size_t>(size) == sizeof target)
    return fail(errno_error(ELOOP, "follow link", name));
  walk.rest.insert(0, std::string(target, static_cast<size_t>(size)) + "/");
  return walk.rest.starts_with('/') ? start_at_root(walk) : Result<>();
}

Result<std::string> make_absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char here[PATH_MAX];
  if (getcwd(here, sizeof here) == nullptr) return fail(errno_error(errno, "find the folder of", path));
  return std::string(here) + "/" + path;
}

}  // namespace

Result<Fd> open_for_root(const std::string& path) {
  Walk walk;
  walk.rest = TRY(make_absolute(path));
  TRY(start_at_root(walk));
  while (true) {
    const std::string part = take_part(walk.rest);
    if (part.empty()) return fail(ErrorCode::configuration, "it is a folder");
    struct stat info {};
    if (fstatat(walk.folder.get(), part.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(errno_error(errno, "find", walk.shown + "/" + part));
    if (S_ISLNK(info.st_mode)) {
      TRY(follow(walk, part, info));
    } else if (has_parts(walk.rest)) {
      TRY(enter(walk, part));
    } else {
      Fd file(
          openat(walk.folder.get(), part.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
      if (!file) return fail(errno_error(errno, "open", walk.shown + "/" + part));
      return file;
    }
  }
}

}  // namespace scoped::config
