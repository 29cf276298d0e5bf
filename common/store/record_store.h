// A vault-like backend that keeps records. Every implementation passes tests/unit/store/contract.h; the rules
// are in common/doc/contracts.md. Implementations may block (file system or network) and are thread-safe.
#pragma once

#include "common/base/result.h"
#include "common/record/record.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scoped::store {

// Opaque; compared only by the store that made it. Empty: the record must not exist yet.
using Revision = std::string;

struct Found {
  record::Record record;
  Revision revision;
};

// What a load may end in. `absent` is proven: the place was readable and the record is not there. Everything
// less is one of the others, with the reason in `why`; `denied` after one fresh login, where the store logs
// in.
enum class LoadState { found, absent, locked, denied, unavailable, corrupt };
std::string_view name_of(LoadState state);

struct LoadResult {
  LoadState state = LoadState::unavailable;
  std::optional<Found> found;  // exactly when state is found
  std::optional<Error> why;    // exactly when state is neither found nor absent

  static LoadResult of(Found found);
  static LoadResult absent();
  static LoadResult failed(LoadState state, Error why);
  // Of a store that could not be opened: denied, corrupt or unavailable.
  static LoadResult unopened(Error why);
};

enum class CompareAndSet { native, local, none };

struct Caps {
  CompareAndSet cas = CompareAndSet::native;
  std::chrono::seconds read_lag{0};  // how long a reader may still see the record before the last save
  bool purge = false;                // old versions can be destroyed
  bool read_only = false;            // every save is refused, and says why
};

// What is not as it should be around a record, and what to do about it.
struct Flaw {
  std::string what;
  std::string remedy;
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;
  virtual LoadResult load(const record::RecordName& name) = 0;
  // Writes the record with a fresh write_id, if the store still holds `expected`. conflict: it does not
  // (nothing was written). ambiguous: it may have been written; load again and compare write_id.
  virtual Result<Revision> save(const record::RecordName& name, const record::Record& record,
                                const Revision& expected) = 0;
  virtual Result<std::vector<record::RecordName>> list() = 0;
  // Those of the registry's tokens that may have a record: all others are absent, by one question for all of
  // them. Nothing: the store has no such question, does not allow it, or does not answer now.
  virtual std::optional<std::set<std::string>> tokens_of(const std::string& registry);
  // Absent is success.
  virtual Result<> erase(const record::RecordName& name) = 0;
  virtual Caps caps() const = 0;
  // What the store is not set up for, for `doctor`: a right that is missing, a setting that loses passwords.
  // `rotates`: this machine also writes. A store that has nothing of the kind to tell is without flaws.
  virtual Result<std::vector<Flaw>> flaws(const record::RecordName& name, bool rotates);
  // "sealed_file '/var/lib/scoped/records'": for messages.
  virtual std::string display() const = 0;
};

}  // namespace scoped::store
