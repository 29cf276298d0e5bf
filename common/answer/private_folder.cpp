#include "common/answer/private_folder.h"

#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace scoped::answer {
namespace {

constexpr std::chrono::seconds kLockPatience{10};

tl::unexpected<Error> errno_failure(std::string_view action, const std::string& path) {
  return fail(errno_error(errno, action, path));
}

std::string without_trailing_slashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

// Where trust begins, and the parts below it.
struct Walk {
  std::string anchor;
  std::vector<std::string> parts;
};

Result<std::vector<std::string>> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") return fail(ErrorCode::denied, "$XDG_STATE_HOME has a part '..'");
    parts.emplace_back(part);
  }
  return parts;
}

Result<Walk> plan_walk(const Environment& environment) {
  const auto home = environment.get("HOME");
  if (!home || home->front() != '/')
    return fail(ErrorCode::not_found, "there is no HOME: set it to a folder of yours");
  Walk walk{without_trailing_slashes(*home), {}};
  const std::string state = environment.get("XDG_STATE_HOME").value_or(walk.anchor + "/.local/state");
  if (state.front() != '/') return fail(ErrorCode::not_found, "$XDG_STATE_HOME is not an absolute path");
  if (state.starts_with(walk.anchor + "/")) {
    walk.parts = TRY(parts_of(std::string_view(state).substr(walk.anchor.size())));
  } else {
    walk.anchor = without_trailing_slashes(state);
  }
  walk.parts.emplace_back("scoped");
  return walk;
}

Result<> check_ours(const Fd& fd, const std::string& path, uid_t uid) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return errno_failure("stat", path);
  if (info.st_uid == uid) return {};
  return fail(ErrorCode::denied, "folder '" + path + "' belongs to uid " + std::to_string(info.st_uid) +
                                     ", not to uid " + std::to_string(uid) +
                                     ": set HOME to a folder of yours");
}

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

Result<Fd> open_part(const Fd& above, const std::string& part, const std::string& path,
                     PrivateFolder::Missing missing) {
  if (missing == PrivateFolder::Missing::make && mkdirat(above.get(), part.c_str(), 0700) != 0 &&
      errno != EEXIST)
    return errno_failure("make folder", path);
  Fd fd(openat(above.get(), part.c_str(), kFolder | O_NOFOLLOW));
  if (fd) return fd;
  if (errno == ELOOP || errno == ENOTDIR)
    return fail(ErrorCode::denied, "'" + path + "' is a symbolic link or no folder: put a folder there");
  return errno_failure("open folder", path);
}

Result<> sync_to_disk(const Fd& fd, std::string_view what, const std::string& path) {
  if (fsync(fd.get()) != 0) return errno_failure(what, path);
  return {};
}

}  // namespace

Result<PrivateFolder> PrivateFolder::open(const Environment& environment, Missing missing) {
  const Walk walk = TRY(plan_walk(environment));
  std::string path = walk.anchor;
  // What is above HOME is the administrator's business, links included.
  Fd fd(::open((path + "/").c_str(), kFolder));
  if (!fd) return errno_failure("open folder", path);
  TRY(check_ours(fd, path, environment.uid()));
  for (const std::string& part : walk.parts) {
    path += "/" + part;
    fd = TRY(open_part(fd, part, path, missing));
    TRY(check_ours(fd, path, environment.uid()));
  }
  return PrivateFolder(std::move(fd), std::move(path), environment.uid());
}

Result<PrivateFolder> PrivateFolder::folder(const std::string& name, Missing missing) const {
  Fd fd = TRY(open_part(fd_, name, path_of(name), missing));
  TRY(check_ours(fd, path_of(name), uid_));
  return PrivateFolder(std::move(fd), path_of(name), uid_);
}

Result<Secret> PrivateFolder::read(const std::string& name, size_t limit) const {
  const Fd fd(openat(fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) return errno_failure("open", path_of(name));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return errno_failure("stat", path_of(name));
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "'" + path_of(name) + "' must be a file of mode 0600");
  if (info.st_uid != uid_)
    return fail(ErrorCode::denied, "'" + path_of(name) + "' belongs to uid " + std::to_string(info.st_uid));
  std::string text = TRY(read_all(fd.get(), limit, path_of(name)));
  return Secret::take(std::move(text));
}

Result<> PrivateFolder::replace(const std::string& name, std::string_view bytes, Sync sync) const {
  const std::string temporary = name + ".new";
  unlinkat(fd_.get(), temporary.c_str(), 0);  // of a writer that did not live to rename it
  const Fd fd(
      openat(fd_.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return errno_failure("create", path_of(temporary));
  auto filled = write_all(fd.get(), bytes, path_of(temporary));
  if (filled && sync == Sync::yes) filled = sync_to_disk(fd, "sync", path_of(temporary));
  if (filled && renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) != 0)
    filled = errno_failure("replace", path_of(name));
  if (!filled) {
    unlinkat(fd_.get(), temporary.c_str(), 0);
    return filled;
  }
  return sync == Sync::yes ? sync_to_disk(fd_, "sync folder", path_) : Result<>();
}

Result<> PrivateFolder::remove(const std::string& name, Sync sync) const {
  if (unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return errno_failure("remove", path_of(name));
  return sync == Sync::yes ? sync_to_disk(fd_, "sync folder", path_) : Result<>();
}

Result<FileLock> PrivateFolder::lock(const std::string& name) const {
  auto held = TRY(lock_within(name, kLockPatience));
  if (!held) return fail(ErrorCode::unavailable, "another process holds '" + path_of(name) + "': try again");
  return std::move(*held);
}

Result<std::optional<FileLock>> PrivateFolder::lock_within(const std::string& name,
                                                           std::chrono::milliseconds patience,
                                                           const FileLock::Question& is_enough) const {
  auto held = FileLock::acquire_at(fd_.get(), name, patience, is_enough);
  if (!held) return fail(std::move(held).error().within("'" + path_ + "'"));
  return held;
}

bool PrivateFolder::has(const std::string& name) const {
  return faccessat(fd_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// By the time of the change too, since a number of a removed file is soon given to another.
uint64_t PrivateFolder::mark_of(const std::string& name) const {
  struct stat info {};
  if (fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  const auto changed = static_cast<uint64_t>(info.st_ctim.tv_sec) * 1'000'000'000 +
                       static_cast<uint64_t>(info.st_ctim.tv_nsec);
  return changed ^ (static_cast<uint64_t>(info.st_ino) << 32);
}

}  // namespace scoped::answer
