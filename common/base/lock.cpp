#include "common/base/lock.h"

#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace scoped {
namespace {

constexpr std::chrono::milliseconds kFirstPause{1};
constexpr std::chrono::milliseconds kLongestPause{20};

void pause_for(std::chrono::milliseconds length) {
  const timespec wait{static_cast<time_t>(length.count() / 1000),
                      static_cast<long>(length.count() % 1000) * 1'000'000};
  nanosleep(&wait, nullptr);
}

// A lock that root makes in somebody else's folder is theirs to take as well.
void give_to_owner(int fd, int folder, const std::string& name) {
  struct stat made {
  }, around{};
  if (geteuid() != 0 || fstat(fd, &made) != 0 || made.st_uid != 0) return;
  const bool known =
      folder == AT_FDCWD ? stat(folder_of(name).c_str(), &around) == 0 : fstat(folder, &around) == 0;
  if (known && around.st_uid != 0) static_cast<void>(fchown(fd, around.st_uid, around.st_gid) == 0);
}

}  // namespace

using Acquired = Result<std::optional<FileLock>>;

Acquired FileLock::acquire(const std::string& path, std::chrono::milliseconds patience, mode_t mode) {
  return acquire_as(LOCK_EX, AT_FDCWD, path, patience, mode, {});
}

Acquired FileLock::acquire_at(int folder, const std::string& name, std::chrono::milliseconds patience,
                              const Question& is_enough) {
  return acquire_as(LOCK_EX, folder, name, patience, 0600, is_enough);
}

Acquired FileLock::acquire_shared(const std::string& path, std::chrono::milliseconds patience, mode_t mode) {
  return acquire_as(LOCK_SH, AT_FDCWD, path, patience, mode, {});
}

Acquired FileLock::acquire_as(int operation, int folder, const std::string& name,
                              std::chrono::milliseconds patience, mode_t mode, const Question& is_enough) {
  Fd fd(openat(folder, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return fail(errno_error(errno, "open lock", name));
  give_to_owner(fd.get(), folder, name);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // flock has no time-out of its own; polling keeps the wait bounded without signals.
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    if (flock(fd.get(), operation | LOCK_NB) == 0) return std::optional<FileLock>(FileLock(std::move(fd)));
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return fail(errno_error(errno, "lock", name));
    if (is_enough && is_enough()) return std::optional<FileLock>();
    if (std::chrono::steady_clock::now() + pause > deadline) return std::optional<FileLock>();
    pause_for(pause);
  }
}

}  // namespace scoped
