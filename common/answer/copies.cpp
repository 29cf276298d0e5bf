#include "common/answer/copies.h"

#include <algorithm>

namespace scoped::answer {
namespace {

constexpr std::chrono::minutes kBusyFor{10};    // after its last use, a record is kept fresh this long
constexpr std::chrono::seconds kDoubtPause{5};  // a doubtful copy asks the store at most this often

// The age at which a copy stops being fresh.
Ticks fresh_for(const Copy& copy, std::chrono::milliseconds revalidate) {
  if (!copy.record.current) return Ticks(0);  // not ready: every answer asks the store
  const Ticks limit = std::min<Ticks>(revalidate, Ticks(copy.record.current->offline) / 2);
  return copy.doubtful ? std::min<Ticks>(limit, kDoubtPause) : limit;
}

}  // namespace

const Copy* Copies::find(const record::RecordName& name) const {
  const auto found = copies_.find(name);
  return found == copies_.end() ? nullptr : &found->second;
}

Copy* Copies::find(const record::RecordName& name) {
  const auto found = copies_.find(name);
  return found == copies_.end() ? nullptr : &found->second;
}

void Copies::take(const record::RecordName& name, const store::LoadResult& loaded, Instant read_at,
                  BootInstant read_at_boot) {
  if (loaded.state == store::LoadState::absent || loaded.state == store::LoadState::denied) {
    copies_.erase(name);
    return;
  }
  if (loaded.state != store::LoadState::found) return;
  const auto [entry, is_new] = copies_.try_emplace(name);
  Copy& copy = entry->second;
  if (!is_new && read_at_boot < copy.read_at_boot) return;  // overtaken by a later read
  copy.record = loaded.found->record.clone();
  copy.read_at = read_at;
  copy.read_at_boot = read_at_boot;
  copy.doubtful = false;
}

bool Copies::is_fresh(const Copy& copy, BootInstant now) const {
  return now - copy.read_at_boot < fresh_for(copy, revalidate_);
}

std::vector<record::RecordName> Copies::due_for_revalidation(BootInstant now, BootInstant by) const {
  std::vector<record::RecordName> due;
  for (const auto& [name, copy] : copies_) {
    const bool busy = copy.asked_for && now - *copy.asked_for < kBusyFor;
    if (busy && copy.record.current && copy.read_at_boot + fresh_for(copy, revalidate_) < by)
      due.push_back(name);
  }
  return due;
}

}  // namespace scoped::answer
