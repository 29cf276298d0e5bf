#include "common/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace scoped {
namespace {

constexpr std::string_view kTemporary = ".scoped-tmp.";

tl::unexpected<Error> errno_failure(std::string_view action, std::string_view object) {
  return fail(errno_error(errno, action, object));
}

Result<Fd> open_to_read(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return errno_failure("open", path);
  return fd;
}

Result<struct stat> stat_regular(const Fd& fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return errno_failure("stat", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid_input, "'" + path + "' is not a regular file");
  return info;
}

// PID and a counter. Not unique where a crashed process of the same PID left one (PID 1 of a container):
// then the next number is tried.
std::string temporary_name(const std::string& folder) {
  static std::atomic<unsigned> counter{0};
  return folder + "/" + std::string(kTemporary) + std::to_string(getpid()) + "." + std::to_string(counter++);
}

pid_t writer_of(const std::string& temporary) {
  return static_cast<pid_t>(atol(temporary.c_str() + kTemporary.size()));
}

// Between making a temporary file and locking it, a sweep of this process would take it for a stale one.
std::mutex& making() {
  static std::mutex mutex;
  return mutex;
}

// Locked as long as it is written, and removed unless it was renamed.
class TemporaryFile {
 public:
  static Result<TemporaryFile> make(const std::string& folder, mode_t mode);
  TemporaryFile(TemporaryFile&& other) noexcept
      : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  void renamed() { path_.clear(); }

 private:
  TemporaryFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
};

Result<TemporaryFile> TemporaryFile::make(const std::string& folder, mode_t mode) {
  constexpr int kMostTries = 1000;
  const std::lock_guard guard(making());
  for (int tries = 0;; ++tries) {
    std::string path = temporary_name(folder);
    Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0777));
    if (!fd && errno == EEXIST && tries < kMostTries) continue;
    if (!fd) return errno_failure("create", path);
    static_cast<void>(flock(fd.get(), LOCK_EX | LOCK_NB));  // nobody else has it open
    return TemporaryFile(std::move(fd), std::move(path));
  }
}

Result<> fill_temporary(const TemporaryFile& file, std::string_view bytes, mode_t mode) {
  if (fchmod(file.fd(), mode & 07777) != 0) return errno_failure("set the mode of", file.path());
  TRY(write_all(file.fd(), bytes, file.path()));
  if (fsync(file.fd()) != 0) return errno_failure("sync", file.path());
  return {};
}

// What root writes in somebody else's folder is theirs to read: sudo leaves nothing behind that its owner
// cannot use.
Result<> give_to_owner(int fd, const std::string& path, const std::string& folder) {
  struct stat info {};
  if (geteuid() != 0) return {};
  if (lstat(path.c_str(), &info) != 0 && lstat(folder.c_str(), &info) != 0) return {};
  if (info.st_uid != 0 && fchown(fd, info.st_uid, info.st_gid) != 0)
    return errno_failure("give to its owner", path);
  return {};
}

enum class Existing { replace, refuse };

Result<> write_whole(const std::string& path, std::string_view bytes, mode_t mode, Existing existing) {
  const std::string folder = folder_of(path);
  TemporaryFile temporary = TRY_WITH(TemporaryFile::make(folder, mode), "write '" + path + "'");
  TRY_WITH(give_to_owner(temporary.fd(), path, folder), "write '" + path + "'");
  TRY_WITH(fill_temporary(temporary, bytes, mode), "write '" + path + "'");
  if (existing == Existing::refuse) {
    if (link(temporary.path().c_str(), path.c_str()) != 0) return errno_failure("create", path);
  } else {
    if (rename(temporary.path().c_str(), path.c_str()) != 0) return errno_failure("replace", path);
    temporary.renamed();
  }
  auto synced = sync_folder(folder);
  // The new content is in place, but may not outlive a power cut.
  if (!synced) return fail(std::move(synced).error().as(ErrorCode::ambiguous));
  return {};
}

// Whether nobody writes it any more. A writer holds a lock; one that is just about to take it is alive.
bool is_stale(const std::string& folder, const std::string& name) {
  const pid_t writer = writer_of(name);
  const bool alive = writer > 0 && (kill(writer, 0) == 0 || errno == EPERM);
  if (alive && writer != getpid()) return false;
  const Fd fd(open((folder + "/" + name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

namespace {

constexpr size_t kChunk = 16384;

tl::unexpected<Error> too_long(std::string_view name, size_t limit) {
  return fail(ErrorCode::corrupt,
              "'" + std::string(name) + "' is longer than " + std::to_string(limit) + " bytes");
}

// A larger string with the same text; what the smaller one held is wiped.
void grow(std::string& text, size_t size) {
  std::string larger;
  larger.reserve(std::max(size, 2 * text.size()));
  larger.append(text);
  wipe(text);
  text = std::move(larger);
}

// Reads to the end. With `expected` bytes, as fstat told, the read that would find the end is saved.
Result<std::string> read_to_end(int fd, size_t expected, size_t limit, std::string_view name) {
  std::string text;
  size_t length = 0;
  while (length == 0 || length != expected) {
    if (length == text.size()) {
      const size_t more = length == 0 && expected > 0 ? std::min(expected, limit + 1) : length + kChunk;
      grow(text, more);
      text.resize(more);
    }
    const ssize_t got = read(fd, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int saved = errno;
      wipe(text);
      return fail(errno_error(saved, "read", name));
    }
    if (got == 0) break;
    length += static_cast<size_t>(got);
    if (length > limit) {
      wipe(text);
      return too_long(name, limit);
    }
  }
  text.resize(length);
  return text;
}

}  // namespace

Result<std::string> read_all(int fd, size_t limit, std::string_view name_for_errors) {
  return read_to_end(fd, 0, limit, name_for_errors);
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  const Fd fd = TRY(open_to_read(path));
  const struct stat info = TRY(stat_regular(fd, path));
  return read_to_end(fd.get(), static_cast<size_t>(info.st_size), limit, path);
}

Result<Secret> read_secret_file(const std::string& path, size_t limit, bool private_only,
                                std::optional<uid_t> also) {
  const Fd fd = TRY(open_to_read(path));
  const struct stat info = TRY(stat_regular(fd, path));
  if (private_only && (info.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "'" + path + "' may be read by others: run 'chmod 600' on it");
  if (private_only && info.st_uid != 0 && info.st_uid != geteuid() && info.st_uid != also)
    return fail(ErrorCode::denied, "'" + path + "' belongs to uid " + std::to_string(info.st_uid) +
                                       ", not to us or root: run 'chown' on it");
  std::string text = TRY(read_to_end(fd.get(), static_cast<size_t>(info.st_size), limit, path));
  return Secret::take(std::move(text));
}

Result<> write_all(int fd, std::string_view bytes, std::string_view name_for_errors) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno_failure("write", name_for_errors);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Result<> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  return write_whole(path, bytes, mode, Existing::replace);
}

Result<> create_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  return write_whole(path, bytes, mode, Existing::refuse);
}

void sweep_temporary_files(const std::string& folder) {
  const auto names = list_folder(folder);
  if (!names) return;
  const std::lock_guard guard(making());
  for (const std::string& name : *names)
    if (name.starts_with(kTemporary) && is_stale(folder, name)) unlink((folder + "/" + name).c_str());
}

namespace {

Result<> require_folder(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return errno_failure("stat", path);
  if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::invalid_input, "'" + path + "' is not a folder");
  return {};
}

Result<> make_folder_and_parents(const std::string& path, mode_t mode, bool exact) {
  int made = mkdir(path.c_str(), mode);
  if (made != 0 && errno == ENOENT) {
    const std::string parent = folder_of(path);
    if (parent == path || path.empty()) return errno_failure("make folder", path);
    TRY(make_folder_and_parents(parent, 0755, false));
    made = mkdir(path.c_str(), mode);  // once: in some folders, as in /proc, it says ENOENT for ever
  }
  if (made != 0 && errno == EEXIST) return require_folder(path);
  if (made != 0) return errno_failure("make folder", path);
  if (exact && chmod(path.c_str(), mode) != 0) return errno_failure("set the mode of", path);
  struct stat around {};
  if (geteuid() == 0 && stat(folder_of(path).c_str(), &around) == 0 && around.st_uid != 0 &&
      lchown(path.c_str(), around.st_uid, around.st_gid) != 0)
    return errno_failure("give to its owner", path);
  static_cast<void>(sync_folder(folder_of(path)));  // a parent that we may not read is no reason to stop
  return {};
}

}  // namespace

Result<> make_folders(const std::string& path, mode_t mode) {
  const size_t end = path.find_last_not_of('/');
  return make_folder_and_parents(end == std::string::npos ? path : path.substr(0, end + 1), mode, true);
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  const Handle<DIR, closedir> folder(opendir(path.c_str()));
  if (!folder) return errno_failure("open folder", path);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return errno_failure("read folder", path);
  std::sort(names.begin(), names.end());
  return names;
}

bool file_exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

Result<> sync_folder(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno_failure("open folder", path);
  if (fsync(fd.get()) != 0 && errno != EINVAL) return errno_failure("sync folder", path);
  return {};
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace scoped
