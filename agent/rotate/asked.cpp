#include "agent/rotate/asked.h"

#include "agent/rotate/decide.h"

#include <algorithm>

namespace scoped::rotate {
namespace {

bool holds(const Observed& observed, const PasswordKey& password) {
  const auto slot = observed.slots.find(password.first);
  return slot != observed.slots.end() && slot->second.created_at == password.second;
}

bool is_live(const Observed& observed, const PasswordKey& password) {
  if (!holds(observed, password)) return false;
  const auto& expires_at = observed.slots.at(password.first).expires_at;
  return !expires_at || observed.now->earliest <= *expires_at;
}

bool all_are_dead(const Observed& observed) {
  const record::Record& record = *observed.record;
  if (!record.current || record.pending) return false;
  const PasswordKey current{record.current->slot, record.current->created_at};
  return !observed.condemned.contains(current) &&
         std::none_of(observed.condemned.begin(), observed.condemned.end(),
                      [&observed](const PasswordKey& each) { return is_live(observed, each); });
}

bool current_logs_in(const Observed& observed, const Policy& policy) {
  const auto& current = observed.record->current;
  if (!current || !is_live(observed, {current->slot, current->created_at})) return false;
  const LoginEvidence* logins = observed.evidence(*current);
  return logins != nullptr && logins->last_accepted && logins->accepted > 0 &&
         observed.now->earliest - *logins->last_accepted <= policy.retry_gap();
}

}  // namespace

std::string_view name_of(Asked asked) {
  switch (asked) {
    case Asked::nothing:
      return "";
    case Asked::repair:
      return "repair";
    case Asked::rotation:
      return "rotation";
    case Asked::retire_now:
      return "retire_now";
    case Asked::leaked:
      return "leaked";
  }
  return "";
}

std::set<PasswordKey> condemned_by(Asked asked, const Observed& observed) {
  std::set<PasswordKey> condemned;
  const record::Record& record = *observed.record;
  if (asked < Asked::retire_now) return condemned;
  if (record.current) condemned.emplace(record.current->slot, record.current->created_at);
  if (asked == Asked::leaked && record.previous)
    condemned.emplace(record.previous->password.slot, record.previous->password.created_at);
  return condemned;
}

bool is_fulfilled(const Observed& observed, const Policy& policy) {
  if (observed.record == nullptr || !observed.now) return false;
  switch (observed.asked) {
    case Asked::nothing:
    case Asked::rotation:
      return false;
    case Asked::repair:
      return current_logs_in(observed, policy);
    case Asked::retire_now:
    case Asked::leaked:
      return all_are_dead(observed);
  }
  return false;
}

}  // namespace scoped::rotate
