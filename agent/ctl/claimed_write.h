// A write to the control plane for one token, made under the claim of its record (rule 3 of
// common/doc/rotation.md), so that it cannot fight a rotation that is under way here or elsewhere. Blocks.
#pragma once

#include "agent/ctl/gather.h"
#include "agent/rotate/policy.h"

#include <functional>
#include <string>

namespace scoped::ctl {

struct ClaimedWrite {
  // One write with this guard; its errors as ControlPlane says.
  std::function<Result<>(const registry::Guard&)> send;
  // What it has changed of the record; saved with the claim's end. May be empty.
  std::function<void(record::Record&)> settle = {};
};

// What it takes beside the token; the members outlive the call.
struct Claiming {
  const Clock& clock;
  Random& random;
  rotate::Policy policy;
};
Result<Claiming> claiming_of(const Run& run, const record::RecordName& name);

// With a record: claim, last look, write, and the claim given back. Without one the token is not managed
// here: then the write has the last look alone. The last look holds the write back where the record, or one
// of the slots, is no longer as it was gathered.
//
// conflict: a claim or a staged password stands (until when), or somebody was faster; nothing was sent.
// ambiguous: it may have been done, and the claim stands until nobody's request can come any more.
Result<> write_under_claim(const Claiming& claiming, const Gathered& gathered, const ClaimedWrite& write);

// Why nobody else may write now, and until when; nothing where the record is free.
std::optional<Error> open_claim(const record::Record& record, const rotate::Policy& policy);

}  // namespace scoped::ctl
