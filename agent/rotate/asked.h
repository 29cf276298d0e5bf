// What a person asked of a token's rotation beside the clock, and when it is done. Pure.
#pragma once

#include "common/base/time.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace scoped::rotate {

struct Observed;
struct Policy;

// In the order of urgency: a request does not weaken one that is still open.
enum class Asked {
  nothing,
  repair,      // the current password logs in, or another is made that does
  rotation,    // another password, as if this one were due
  retire_now,  // the same, and the old one is dead at once, whoever still uses it
  leaked,      // the same without waiting for anything, and every password known at the request is dead
};
std::string_view name_of(Asked asked);  // "" for nothing

// A password without its value: its slot, and when the registry made it.
using PasswordKey = std::pair<std::string, Instant>;

// The passwords that a request condemns, by the record that is seen first after it.
std::set<PasswordKey> condemned_by(Asked asked, const Observed& observed);

// REQUIRES: for retire_now and leaked, `observed.condemned` is what condemned_by told. A rotation ends with
// its promotion, which the session sees by itself.
bool is_fulfilled(const Observed& observed, const Policy& policy);

}  // namespace scoped::rotate
