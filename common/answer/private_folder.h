// The caller's own folder of sealed files, $XDG_STATE_HOME/scoped (else $HOME/.local/state/scoped), walked
// part by part: no part from HOME down is a symbolic link or belongs to somebody else. So a root shell that
// kept a user's HOME neither reads nor writes there. Everything after open() goes through the open folder,
// wherever its path leads by then. Blocking; no thread rule beyond one owner.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/base/lock.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <stdint.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::answer {

class PrivateFolder {
 public:
  enum class Missing { leave, make };  // folders that are not there: an error, or made with mode 0700

  // not_found: it is not there, or there is no HOME; denied: a part is a link or not ours.
  static Result<PrivateFolder> open(const Environment& environment, Missing missing);
  // The folder of that name in this one, under the same rules.
  Result<PrivateFolder> folder(const std::string& name, Missing missing) const;

  // The whole file, which must be a regular one of ours that nobody else may read (denied otherwise).
  // not_found: there is none; corrupt: longer than `limit`.
  Result<Secret> read(const std::string& name, size_t limit) const;
  // Whole or not at all: after an error the old content is there, and with Sync::yes after a power cut too.
  // REQUIRES: the caller holds the lock, since the temporary file has one fixed name.
  enum class Sync { yes, no };  // no: for what may be lost, and is known to be damaged when it is
  Result<> replace(const std::string& name, std::string_view bytes, Sync sync = Sync::yes) const;
  Result<> remove(const std::string& name, Sync sync = Sync::yes) const;  // absent is success
  // unavailable: somebody else holds it too long.
  Result<FileLock> lock(const std::string& name) const;
  // Nothing: somebody else holds it that long, or `is_enough` ended the wait.
  Result<std::optional<FileLock>> lock_within(const std::string& name, std::chrono::milliseconds patience,
                                              const FileLock::Question& is_enough = {}) const;
  bool has(const std::string& name) const;
  // Another number for each file that replace() puts in the place; 0 when there is none.
  uint64_t mark_of(const std::string& name) const;

  std::string path_of(const std::string& name) const { return path_ + "/" + name; }  // for messages

 private:
  PrivateFolder(Fd fd, std::string path, uid_t uid) : fd_(std::move(fd)), path_(std::move(path)), uid_(uid) {}

  Fd fd_;
  std::string path_;
  uid_t uid_;
};

}  // namespace scoped::answer
