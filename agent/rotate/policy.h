// The numbers that a token's rotation runs by (DESIGN section 10), the same whether a password lives for 90
// days or for 64 seconds. Plain data.
#pragma once

#include "common/base/time.h"

#include <algorithm>

namespace scoped::rotate {

enum class Retire {
  expire,     // the old password lapses by itself
  overwrite,  // its slot is generated once more, for a moment, and nobody is told the value
  remove,     // it is removed, by who may edit tokens
};

struct Policy {
  Ticks lifetime{};
  int rotate_at_percent = 66;  // of the password's life
  Ticks offline{};             // promise written with each password
  Ticks hold{};                // how long a password must stay alive after its last hand-out
  Ticks settle{};              // replication of a regenerated password
  int logins = 2;              // k successes before a promotion
  Ticks jitter{};
  Ticks fence_min{};  // a claim's bearer has at least this ...
  Ticks fence_max{};  // ... and at most this left
  Ticks fence_margin{};
  Ticks repair_budget{};
  Ticks observe{};   // how often ARM's list is read
  Ticks read_lag{};  // of the store
  Retire retire = Retire::expire;

  // Least time before the end of the current password at which a rotation must have begun (rule 7).
  Ticks last_start() const { return 2 * (fence_max + fence_margin); }
  // Between two logins with the same password while it is refused, or accepted where it should not be; a
  // login is evidence for this long.
  Ticks retry_gap() const { return std::clamp<Ticks>(settle / 5, Seconds(1), Seconds(30)); }
  // Of the value that overwrites a password: as short as a request may be under way and be applied.
  Ticks retired_life() const { return std::min<Ticks>(std::chrono::minutes(5), lifetime / 8); }
  // Rule 4: how far apart the expiries are that a request for this lifetime may ask for.
  static Ticks expiry_spread(Ticks life) { return std::min<Ticks>(std::chrono::hours(1), life / 20); }
  // "Near expiry" (rule 2).
  Ticks near_expiry() const { return hold + settle + last_start(); }
};

}  // namespace scoped::rotate
