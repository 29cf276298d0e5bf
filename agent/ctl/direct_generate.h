// A password generated into a slot that is named, outside the rotation: for a token without a record, over
// the current password when it is forced, or for an outsider. Under the record's claim where there is one.
// Blocks.
#pragma once

#include "agent/ctl/claimed_write.h"

#include <functional>
#include <string>

namespace scoped::ctl {

struct DirectGenerate {
  std::string slot;
  Instant expiry{};
  // What it means for the record, saved at once; may be empty.
  std::function<void(record::Record&, const registry::Generated&)> settle = {};
};

// Errors as write_under_claim; after `ambiguous` the slot may hold a password that nobody knows.
Result<registry::Generated> generate_directly(const Claiming& claiming, const Gathered& gathered,
                                              const DirectGenerate& wanted);

// The generated password becomes the current one; what was in its slot is forgotten, what was the current one
// in the other slot is the previous one.
void replace_current(record::Record& record, const registry::Generated& made, Ticks offline, Instant now);

}  // namespace scoped::ctl
