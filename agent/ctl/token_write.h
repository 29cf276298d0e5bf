// A token's update and deletion as `token update|delete` and `apply` make them: under the claim of its
// record, where it has one. Blocks.
#pragma once

#include "agent/ctl/gather.h"

namespace scoped::ctl {

// REQUIRES: gathered.token. Where only its access is shut, no claim is waited for: a rotation that is under
// way stops by itself and goes on when the token is enabled again.
Result<> write_token(const Run& run, const Gathered& gathered, const registry::TokenChange& change);
// The record goes last: while the token may still be there, it is what protects its passwords.
Result<> remove_token(const Run& run, const Gathered& gathered);

}  // namespace scoped::ctl
