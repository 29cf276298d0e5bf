#include "common/answer/copies.h"

#include <algorithm>

namespace scoped::answer {
namespace {

constexpr std::chrono::minutes kBusyFor{10};    // after its last use, a record is kept fresh this long
constexpr std::chrono::seconds kDoubtPause{5};  // a doubtful copy asks the store at most this often
constexpr std::chrono::seconds kLeastPace{1};   // of reading a busy record ahead of time

}  // namespace

Ticks fresh_for(const record::Record& record, std::chrono::milliseconds revalidate) {
  if (!record.current) return Ticks(0);
  return std::min<Ticks>(revalidate, Ticks(record.current->offline) / 2);
}

void Copies::begin_anew(std::chrono::milliseconds revalidate) {
  revalidate_ = revalidate;
  for (auto& [name, copy] : copies_) copy.doubtful = true;
}

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
  const auto held = copies_.find(name);
  if (held != copies_.end()) {
    if (read_at_boot < held->second.read_at_boot) return;  // overtaken by a later read
    held->second.tried_at = std::max(held->second.tried_at, read_at_boot);
  }
  if (loaded.state == store::LoadState::absent || loaded.state == store::LoadState::denied) {
    copies_.erase(name);
    return;
  }
  if (loaded.state != store::LoadState::found) return;
  Copy& copy = copies_[name];
  copy.record = loaded.found->record.clone();
  copy.read_at = read_at;
  copy.read_at_boot = read_at_boot;
  copy.tried_at = read_at_boot;
  copy.doubtful = false;
}

void Copies::put(const record::RecordName& name, Copy copy) {
  copies_.insert_or_assign(name, std::move(copy));
}

bool Copies::is_fresh(const Copy& copy, BootInstant now) const {
  if (now - copy.read_at_boot >= fresh_for(copy.record, revalidate_)) return false;
  return !copy.doubtful || now - copy.tried_at < kDoubtPause;
}

bool Copies::is_busy(const Copy& copy, BootInstant now) const {
  return copy.record.current && copy.asked_for && now - *copy.asked_for < kBusyFor;
}

BootInstant Copies::ahead_of_time(const Copy& copy) const {
  return copy.tried_at + std::max<Ticks>(fresh_for(copy.record, revalidate_) / 2, kLeastPace);
}

std::vector<record::RecordName> Copies::due_for_revalidation(BootInstant now) const {
  std::vector<record::RecordName> due;
  for (const auto& [name, copy] : copies_)
    if (is_busy(copy, now) && ahead_of_time(copy) <= now) due.push_back(name);
  return due;
}

// An idle copy is looked at once more, when it stops being fresh: it may have been asked for since. One that
// is due already is on its way, and its landing asks again.
std::optional<BootInstant> Copies::next_revalidation(const Copy& copy, BootInstant now) const {
  const BootInstant next =
      is_busy(copy, now) ? ahead_of_time(copy) : copy.read_at_boot + fresh_for(copy.record, revalidate_);
  return next > now ? std::optional(next) : std::nullopt;
}

std::optional<BootInstant> Copies::next_revalidation(const record::RecordName& name, BootInstant now) const {
  const Copy* copy = find(name);
  return copy == nullptr ? std::nullopt : next_revalidation(*copy, now);
}

std::optional<BootInstant> Copies::next_revalidation(BootInstant now) const {
  std::optional<BootInstant> first;
  for (const auto& [name, copy] : copies_)
    if (const auto next = next_revalidation(copy, now); next && (!first || *next < *first)) first = next;
  return first;
}

}  // namespace scoped::answer
