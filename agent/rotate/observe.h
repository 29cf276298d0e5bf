// Looks at the world: the record, what the control plane shows of the token, the registry's time. Reads only.
#pragma once

#include "agent/rotate/decide.h"
#include "agent/rotate/memory.h"
#include "agent/rotate/session.h"
#include "common/store/record_store.h"

#include <optional>

namespace scoped::rotate {

struct Observation {
  Observed observed;  // its `record` points into `found`
  std::optional<store::Found> found;
  std::optional<record::Record> before_restore;  // as of Observed

  Observation() = default;
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
};

// What lists showed of a token.
struct Listed {
  const registry::TokenState* token = nullptr;  // null: the registry does not have it
  bool has_record = true;                       // false: the store has none, and is not asked
};

// Fills `into` from a record that is loaded now and a token that was read before. Remembers in `memory` what
// later looks compare with.
void observe(const World& world, const record::RecordName& name, const Policy& policy, const Listed& listed,
             Memory& memory, Observation& into);

// The same with a GET of the token after the record was loaded, so that the time is after both.
Result<> observe_afresh(const World& world, const record::RecordName& name, const Policy& policy,
                        Memory& memory, Observation& into);

}  // namespace scoped::rotate
