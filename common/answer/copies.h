// Records held outside the store, in memory, under the two limits of ROTATION section 5: after `revalidate`
// the store is asked before a copy is handed out; beyond its offline limit it is not handed out at all. Pure:
// takes the time. Single-threaded.
#pragma once

#include "common/base/time.h"
#include "common/config/config.h"
#include "common/record/record.h"
#include "common/store/record_store.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace scoped::answer {

struct Copy {
  record::Record record;
  Instant read_at{};  // before the load was sent
  BootInstant read_at_boot{};
  std::optional<BootInstant> asked_for;  // when a client last asked for it
  bool doubtful = false;                 // a client said `stale`: ask the store next time
};

class Copies {
 public:
  // `revalidate` of this kind of holder (agent or sealed).
  explicit Copies(std::chrono::milliseconds revalidate) : revalidate_(revalidate) {}

  const Copy* find(const record::RecordName& name) const;
  Copy* find(const record::RecordName& name);
  // What a load showed: found replaces the copy, absent drops it, denied drops it too, everything else leaves
  // it. `read_at` is the time before the load was sent.
  void take(const record::RecordName& name, const store::LoadResult& loaded, Instant read_at,
            BootInstant read_at_boot);
  // Young enough to be handed out without asking: the smaller of `revalidate` and half the offline limit.
  bool is_fresh(const Copy& copy, BootInstant now) const;
  // Records asked for in the last 10 minutes whose copy stops being fresh before `by`.
  std::vector<record::RecordName> due_for_revalidation(BootInstant now, BootInstant by) const;

 private:
  std::chrono::milliseconds revalidate_;
  std::map<record::RecordName, Copy> copies_;
};

}  // namespace scoped::answer
