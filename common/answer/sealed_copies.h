// Copies of records on disk, for scoped-fetch: one sealed file per record in the caller's private folder,
// copies/REGISTRY/TOKEN.copy (names escaped), under the same key as the saved logins, bound to the record's
// name and the uid. They are disposable: whatever cannot be read, opened or believed is dropped and told to
// `say`, whatever cannot be written is not there, and neither is an error. Where there is no private folder
// (no HOME, a part that is not ours) there are no copies.
//
// Whether copies of a store's records are kept is the caller's to decide (store::is_local): of a file on this
// machine one would only be the same again.
//
// Beside each copy is a lock, copies/REGISTRY/TOKEN.lock, never unlinked: whoever holds it may ask the store
// and write the copy; the others wait and find the copy. It is let go when its holder dies. Blocking; one
// thread.
#pragma once

#include "common/answer/private_folder.h"
#include "common/answer/sealed_copy.h"
#include "common/base/env.h"
#include "common/base/lock.h"
#include "common/base/random.h"
#include "common/record/names.h"

#include <stdint.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace scoped::answer {

class SealedCopies {
 public:
  using Say = std::function<void(const std::string&)>;  // a line for whoever looks for a mistake; no secrets

  // Both outlive it. `say` may be empty.
  SealedCopies(const Environment& environment, Random& random, Say say);

  std::optional<SealedCopy> find(const record::RecordName& name);
  // Changes whenever a copy is written or dropped.
  uint64_t mark_of(const record::RecordName& name) const;
  // Nothing: somebody else holds it that long. Error: there can be no lock here, so no copy is written
  // either.
  Result<std::optional<FileLock>> lock(const record::RecordName& name, std::chrono::milliseconds patience);
  // The same; also nothing as soon as the copy's mark is another one, so that those who wait need not take
  // the lock in turn.
  Result<std::optional<FileLock>> lock_while(uint64_t mark, const record::RecordName& name,
                                             std::chrono::milliseconds patience);
  // REQUIRES of both: the lock of that record. False: it could not be written.
  bool keep(const FileLock& held, const record::RecordName& name, const SealedCopy& copy);
  void drop(const FileLock& held, const record::RecordName& name);

 private:
  Result<PrivateFolder> folder_of(const record::RecordName& name, PrivateFolder::Missing missing) const;
  Result<SealedCopy> read(const PrivateFolder& folder, const record::RecordName& name,
                          const Secret& key) const;
  Result<> write(const record::RecordName& name, const SealedCopy& copy);
  std::string associated_data(const record::RecordName& name) const;
  void say(const record::RecordName& name, const std::string& what) const;

  const Environment& environment_;
  Random& random_;
  Say say_;
};

}  // namespace scoped::answer
