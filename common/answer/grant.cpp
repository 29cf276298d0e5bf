#include "common/answer/grant.h"

#include <algorithm>

namespace scoped::answer {
namespace {

constexpr std::chrono::minutes kLongestKept{10};

}  // namespace

Grant make_grant(const record::Record& record, Ticks age, Seconds hold, Instant now) {
  const record::Password* previous = is_previous_alive(record, now) ? &record.previous->password : nullptr;
  return {*record.current, previous, keep_for(*record.current, age, hold, now)};
}

Seconds keep_for(const record::Password& current, Ticks age, Seconds hold, Instant now) {
  Ticks left = std::min<Ticks>(kLongestKept, Ticks(current.offline) - age);
  if (current.expires_at) left = std::min(left, *current.expires_at - hold - now);
  return std::max(Seconds(0), std::chrono::floor<Seconds>(left));
}

bool is_previous_alive(const record::Record& record, Instant now) {
  if (!record.previous) return false;
  const record::Previous& previous = *record.previous;
  const std::string& slot = previous.password.slot;
  if (previous.password.expires_at && now >= *previous.password.expires_at) return false;
  if (previous.free_at && now >= *previous.free_at) return false;
  const bool is_written = (record.pending && record.pending->slot == slot) ||
                          (record.busy && record.busy->slot == slot && now <= record.busy->until);
  return !is_written && record.external_slot != slot;
}

}  // namespace scoped::answer
