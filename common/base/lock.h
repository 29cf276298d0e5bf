// A lock between processes: flock on a file that is never unlinked. Released when the object dies or the
// process does. One object per thread that wants the lock.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace scoped {

class FileLock {
 public:
  // Waits at most `patience` (0: does not wait). Nothing when another holds it that long.
  static Result<std::optional<FileLock>> acquire(const std::string& path, std::chrono::milliseconds patience,
                                                 mode_t mode = 0600);
  // The same for a name in a folder that is open already. `is_enough`, if any, is asked every few
  // milliseconds and ends the wait early.
  using Question = std::function<bool()>;
  static Result<std::optional<FileLock>> acquire_at(int folder, const std::string& name,
                                                    std::chrono::milliseconds patience,
                                                    const Question& is_enough = {});
  // Shared with other shared holders; excludes those of the two above.
  static Result<std::optional<FileLock>> acquire_shared(const std::string& path,
                                                        std::chrono::milliseconds patience,
                                                        mode_t mode = 0600);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  static Result<std::optional<FileLock>> acquire_as(int operation, int folder, const std::string& name,
                                                    std::chrono::milliseconds patience, mode_t mode,
                                                    const Question& is_enough);
  Fd fd_;
};

}  // namespace scoped
