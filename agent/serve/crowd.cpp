#include "agent/serve/crowd.h"

#include <algorithm>

namespace scoped::serve {
namespace {

std::optional<Crowd::Ticket> oldest(const std::set<Crowd::Ticket>& tickets) {
  return tickets.empty() ? std::nullopt : std::optional(*tickets.begin());
}

}  // namespace

std::optional<Crowd::Ticket> Crowd::who_leaves_for(uid_t uid) const {
  const auto own = groups_.find(uid);
  const size_t own_size = own == groups_.end() ? 0 : own->second.size();
  if (own_size >= most_of_one_) return oldest(own->second.silent);
  if (const auto silent = oldest(silent_)) return silent;
  const auto largest = std::max_element(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  });
  if (largest == groups_.end() || largest->second.size() <= own_size + 1) return std::nullopt;
  return oldest(largest->second.asked);
}

std::optional<Crowd::Entry> Crowd::enter(uid_t uid) {
  const auto own = groups_.find(uid);
  const bool too_many_of_one = own != groups_.end() && own->second.size() >= most_of_one_;
  Entry entry;
  if (too_many_of_one || inside_.size() >= most_) {
    entry.leaves = who_leaves_for(uid);
    if (!entry.leaves) return std::nullopt;
    leave(*entry.leaves);
  }
  entry.ticket = next_++;
  inside_.emplace(entry.ticket, Guest{uid, false});
  silent_.insert(entry.ticket);
  groups_[uid].silent.insert(entry.ticket);
  return entry;
}

void Crowd::has_asked(Ticket ticket) {
  Guest& guest = inside_.at(ticket);
  guest.asked = true;
  silent_.erase(ticket);
  Group& group = groups_.at(guest.uid);
  group.silent.erase(ticket);
  group.asked.insert(ticket);
}

void Crowd::leave(Ticket ticket) {
  const auto found = inside_.find(ticket);
  if (found == inside_.end()) return;
  const auto group = groups_.find(found->second.uid);
  group->second.silent.erase(ticket);
  group->second.asked.erase(ticket);
  if (group->second.size() == 0) groups_.erase(group);
  silent_.erase(ticket);
  inside_.erase(found);
}

}  // namespace scoped::serve
