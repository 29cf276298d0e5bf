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
  BootInstant tried_at{};                // before the last load was sent, whatever came of it
  bool doubtful = false;                 // a client said `stale`: ask the store next time
};

// The age at which the store is asked before a copy is handed out: the smaller of `revalidate` and half of
// its offline limit. Zero for a record that is not ready: every answer asks.
Ticks fresh_for(const record::Record& record, std::chrono::milliseconds revalidate);

class Copies {
 public:
  // `revalidate` of this kind of holder (agent or sealed).
  explicit Copies(std::chrono::milliseconds revalidate) : revalidate_(revalidate) {}

  // Under another configuration: its own `revalidate`, and the store is asked for each before it is handed
  // out again.
  void begin_anew(std::chrono::milliseconds revalidate);

  const Copy* find(const record::RecordName& name) const;
  Copy* find(const record::RecordName& name);
  // What a load showed: found replaces the copy, absent drops it, denied drops it too, everything else leaves
  // it. `read_at` is the time before the load was sent; one that was sent before the copy was read is
  // ignored.
  void take(const record::RecordName& name, const store::LoadResult& loaded, Instant read_at,
            BootInstant read_at_boot);
  // A copy that was kept elsewhere.
  void put(const record::RecordName& name, Copy copy);
  // Young enough to be handed out without asking. A doubtful one asks, but at most once in 5 seconds.
  bool is_fresh(const Copy& copy, BootInstant now) const;

  // Ahead of time: records asked for in the last 10 minutes are read again at half of the age at which they
  // would have to be, so that no client waits; where the store does not answer, at the same pace.
  std::vector<record::RecordName> due_for_revalidation(BootInstant now) const;
  // When to ask that again, for one record or for all; nothing: not before something was read.
  std::optional<BootInstant> next_revalidation(const record::RecordName& name, BootInstant now) const;
  std::optional<BootInstant> next_revalidation(BootInstant now) const;

 private:
  bool is_busy(const Copy& copy, BootInstant now) const;
  BootInstant ahead_of_time(const Copy& copy) const;
  std::optional<BootInstant> next_revalidation(const Copy& copy, BootInstant now) const;

  std::chrono::milliseconds revalidate_;
  std::map<record::RecordName, Copy> copies_;
};

}  // namespace scoped::answer
