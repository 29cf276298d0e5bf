// Moves a token's rotation to this machine's agent, where its store has no compare-and-set and the record
// names the one that rotates. Blocks on the store.
#pragma once

#include "common/record/record.h"
#include "common/store/record_store.h"

#include <optional>
#include <string>

namespace scoped::ctl {

struct Taken {
  record::RecordName name;
  std::string before;           // who was named; empty: nobody
  std::optional<Instant> from;  // nothing: it was here already, and it rotates
};

struct Taking {
  std::string instance;  // of this machine's agent
  TimeInterval now;      // by the registry's clock
  Ticks wait{};          // Parts::rotator_wait
};

// Only names another instance, so a claim or a staged password in the record stays. What the one before was
// about to save may still be written over it: then the record names that one again, and nothing is lost;
// until the wait is over nobody else claims. not_found: no record; conflict: it was changed in this moment,
// or named another when it was read back: run it again.
Result<Taken> take_rotator(store::RecordStore& store, const record::RecordName& name, const Taking& taking);

}  // namespace scoped::ctl
