// What `token create` and `credential generate` do with a token, decided from what the registry and the store
// already have, so that a second run goes on where the first one was interrupted and no live password is
// lost. Pure.
#pragma once

#include "agent/ctl/slots.h"

#include <string>

namespace scoped::ctl {

struct TokenFacts {
  const registry::TokenState* token = nullptr;  // null: the registry has none
  std::vector<registry::SlotState> live;
  const record::Record* record = nullptr;  // null: proven absent
};

enum class Creation {
  create,  // make the token, and a record without password unless there is one
  adopt,   // it exists without a live password: make the record
  resume,  // token and record exist, and the record waits for its first password
};

// conflict: the token is somebody's (with the import to run), has another scope map, or is finished already.
Result<Creation> plan_creation(const record::RecordName& name, const TokenFacts& facts,
                               const std::string& scope_map);

enum class Generation {
  adopt,   // no record and no live password: make the record, then the first generate
  first,   // the record waits for its first password
  rotate,  // it has one
};
// not_found: the registry has no such token; conflict: live passwords without a record.
Result<Generation> plan_generation(const record::RecordName& name, const TokenFacts& facts);

}  // namespace scoped::ctl
