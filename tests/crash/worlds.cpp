#include "tests/crash/world.h"

#include <array>

namespace scoped::crash {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

rotate::Policy seconds() {
  rotate::Policy policy;
  policy.lifetime = Seconds(64);
  policy.rotate_at_percent = 50;
  policy.offline = Seconds(4);
  policy.hold = Seconds(4);
  policy.settle = Seconds(2);
  policy.logins = 2;
  policy.jitter = Seconds(2);
  policy.fence_min = Seconds(2);
  policy.fence_max = Seconds(8);
  policy.fence_margin = Seconds(2);
  policy.repair_budget = Seconds(4);
  policy.observe = Seconds(5);
  return policy;
}

// A store whose readers are behind its writers.
rotate::Policy behind() {
  rotate::Policy policy = seconds();
  policy.lifetime = Seconds(160);
  policy.fence_max = Seconds(14);
  policy.read_lag = Seconds(6);
  return policy;
}

rotate::Policy unsettled() {
  rotate::Policy policy = seconds();
  policy.settle = Ticks(0);
  policy.jitter = Ticks(0);
  policy.logins = 1;
  return policy;
}

// The defaults of the configuration.
rotate::Policy days() {
  rotate::Policy policy;
  policy.lifetime = hours(24 * 90);
  policy.offline = hours(24 * 7);
  policy.hold = hours(8);
  policy.settle = minutes(10);
  policy.jitter = hours(1);
  policy.fence_min = minutes(2);
  policy.fence_max = minutes(90);
  policy.fence_margin = minutes(10);
  policy.repair_budget = minutes(15);
  policy.observe = hours(24 * 8);  // five minutes as configured; nothing hangs on it but how often it looks
  return policy;
}

// A managed identity, whose bearers live for a day.
rotate::Policy long_bearers() {
  rotate::Policy policy = days();
  policy.lifetime = hours(24 * 30);
  policy.fence_max = hours(24);
  policy.offline = hours(24);
  policy.observe = hours(24 * 3);
  return policy;
}

rotate::Policy long_hold() {
  rotate::Policy policy = seconds();
  policy.lifetime = Seconds(120);
  policy.rotate_at_percent = 55;
  policy.hold = Seconds(16);
  policy.offline = Seconds(10);
  return policy;
}

// What was promised is over long before the claim.
rotate::Policy short_promises() {
  rotate::Policy policy = seconds();
  policy.lifetime = Seconds(160);
  policy.offline = policy.hold = Seconds(1);
  policy.fence_max = Seconds(24);
  return policy;
}

// The old password is overwritten once nobody may use it.
rotate::Policy overwriting() {
  rotate::Policy policy = seconds();
  policy.retire = rotate::Retire::overwrite;
  return policy;
}

// The old password is removed once nobody may use it.
rotate::Policy removing() {
  rotate::Policy policy = seconds();
  policy.retire = rotate::Retire::remove;
  return policy;
}

// Agents that look often, so that one begins while another stands.
rotate::Policy watchful() {
  rotate::Policy policy = seconds();
  policy.observe = Seconds(1);
  return policy;
}

}  // namespace

std::span<const WorldRow> worlds() {
  static const std::array rows = {
      WorldRow{"seconds", seconds(), Seconds(6), milliseconds(20), Ticks(0), Ticks(0)},
      WorldRow{"a second endpoint that lags", seconds(), Seconds(6), milliseconds(20), milliseconds(1'500),
               Ticks(0)},
      WorldRow{"an endpoint that lags longer than 'settle'", seconds(), Seconds(6), milliseconds(20),
               Seconds(3), Ticks(0)},
      WorldRow{"several servers behind one name", seconds(), Seconds(6), milliseconds(20), Ticks(0),
               milliseconds(1'500)},
      WorldRow{"a store that is read late", behind(), Seconds(12), milliseconds(20), Ticks(0), Ticks(0)},
      WorldRow{"nothing to wait for", unsettled(), Seconds(6), milliseconds(20), Ticks(0), Ticks(0)},
      WorldRow{"90 days", days(), minutes(60), Seconds(1), minutes(1), minutes(5)},
      WorldRow{"bearers of a day", long_bearers(), hours(23), Seconds(1), minutes(1), Ticks(0)},
      WorldRow{"a long hold", long_hold(), Seconds(6), milliseconds(300), milliseconds(500), Ticks(0)},
      WorldRow{"promises shorter than a claim", short_promises(), Seconds(20), milliseconds(20), Ticks(0),
               Ticks(0), true},
      WorldRow{"old passwords are overwritten", overwriting(), Seconds(6), milliseconds(20),
               milliseconds(500), Ticks(0)},
      WorldRow{"a store that cannot compare and set", watchful(), Seconds(6), milliseconds(20), Ticks(0),
               Ticks(0), false, false, true},
      WorldRow{"an old password that may be overwritten at once", overwriting(), Seconds(6), milliseconds(20),
               Ticks(0), Ticks(0), false, true},
      WorldRow{"old passwords are deleted", removing(), Seconds(6), milliseconds(20), Ticks(0), Ticks(0),
               false, true},
  };
  return rows;
}

}  // namespace scoped::crash
