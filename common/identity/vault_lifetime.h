// When a token of a vault is renewed, and when a login has to come instead: the rule of the lifetime watcher
// in the vaults' own client library (api/lifetime_watcher.go of OpenBao 2.6). Pure.
#pragma once

#include "common/base/random.h"
#include "common/base/time.h"

namespace scoped::identity {

// 10 to 20 % of the lease, at random, so that many that logged in together do not come back together.
Ticks grace_of(Ticks lease, Random& random);

// How long to wait until the next renewal. Nothing: so little is left that a login has to come.
std::optional<Ticks> wait_to_renew(Ticks remaining, Ticks grace);

// After the n-th failure in a row (from 1): 10 s, doubled up to 5 min, and up to a half of that at random.
Ticks wait_after_failure(int failures, Random& random);

}  // namespace scoped::identity
