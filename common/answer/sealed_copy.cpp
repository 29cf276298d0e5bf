#include "common/answer/sealed_copy.h"

#include "common/answer/byte_form.h"
#include "common/record/codec.h"

#include <algorithm>

namespace scoped::answer {
namespace {

constexpr char kVersion = 1;
constexpr std::string_view kWhat = "the copy is";
constexpr size_t kLongestBootId = 64;
constexpr size_t kRoom = 512;                  // for everything but the record
constexpr int64_t kLatest = int64_t{1} << 61;  // so that differences fit: the year 7307

constexpr std::chrono::minutes kLongWaitPause{1};

// Flags in one byte.
constexpr char kDoubtful = 1;
constexpr char kLongWait = 2;

void put_moment(std::string& bytes, const Moment& moment) {
  put_integer(bytes, moment.real.time_since_epoch().count());
  put_integer(bytes, moment.boot.time_since_epoch().count());
  put_text(bytes, moment.boot_id);
}

Result<Ticks> take_time(Taker& taker) {
  const int64_t ticks = TRY(taker.integer());
  if (ticks < 0 || ticks > kLatest) return taker.broken();
  return Ticks(ticks);
}

Result<Moment> take_moment(Taker& taker) {
  Moment moment;
  moment.real = Instant(TRY(take_time(taker)));
  moment.boot = BootInstant(TRY(take_time(taker)));
  moment.boot_id = TRY(taker.text());
  if (moment.boot_id.size() > kLongestBootId) return taker.broken();
  return moment;
}

Ticks age_of(const SealedCopy& copy, const Moment& now, std::chrono::milliseconds revalidate) {
  const Ticks age = elapsed(copy.read_at, now);
  const Ticks by_wall = now.real - copy.read_at.real;
  if (age >= Ticks(0) && by_wall >= Ticks(0)) return age;
  // One of the clocks was set back: the store must tell.
  return std::max({age, by_wall, fresh_for(copy.record, revalidate)});
}

}  // namespace

Ticks elapsed(const Moment& since, const Moment& now) {
  if (!since.boot_id.empty() && since.boot_id == now.boot_id) return now.boot - since.boot;
  return now.real - since.real;
}

Copy to_copy(const SealedCopy& copy, const Moment& now, std::chrono::milliseconds revalidate) {
  Copy made;
  made.record = copy.record.clone();
  made.read_at = copy.read_at.real;
  made.read_at_boot = now.boot - age_of(copy, now, revalidate);
  made.tried_at = made.read_at_boot;
  made.doubtful = copy.doubtful;
  return made;
}

bool may_wait_long(const SealedCopy& copy, const Moment& now, std::chrono::milliseconds revalidate) {
  if (!copy.record.current) return false;
  const Ticks bound = std::min<Ticks>(4 * Ticks(revalidate), 3 * Ticks(copy.record.current->offline) / 4);
  if (age_of(copy, now, revalidate) <= bound) return false;
  if (!copy.long_wait) return true;
  const Ticks since = elapsed(*copy.long_wait, now);
  return since < Ticks(0) || since >= kLongWaitPause;
}

Result<Secret> encode_copy(const SealedCopy& copy) {
  record::Record kept = copy.record.clone();
  kept.pending.reset();
  const Secret record = record::encode(kept);
  std::string bytes;
  bytes.reserve(kRoom + record.size());  // so that no secret stays behind in a freed buffer
  bytes += kVersion;
  bytes += static_cast<char>((copy.doubtful ? kDoubtful : 0) | (copy.long_wait ? kLongWait : 0));
  put_moment(bytes, copy.read_at);
  if (copy.long_wait) put_moment(bytes, *copy.long_wait);
  put_text(bytes, record.reveal());
  if (bytes.size() > kLargestCopy) return fail(ErrorCode::invalid_input, "the record is too long for a copy");
  return Secret::take(std::move(bytes));
}

Result<SealedCopy> parse_copy(const Secret& bytes, const record::RecordName& name) {
  Taker taker(bytes.reveal(), kWhat);
  if (TRY(taker.take(1)).front() != kVersion)
    return fail(ErrorCode::corrupt, "the copy has a form that this version does not know");
  const char flags = TRY(taker.take(1)).front();
  if ((flags & ~(kDoubtful | kLongWait)) != 0) return taker.broken();
  SealedCopy copy;
  copy.doubtful = (flags & kDoubtful) != 0;
  copy.read_at = TRY(take_moment(taker));
  if ((flags & kLongWait) != 0) copy.long_wait = TRY(take_moment(taker));
  copy.record = TRY(record::parse_record(Secret(TRY(taker.text()))));
  if (!taker.at_end()) return taker.broken();
  if (copy.record.name() != name)
    return fail(ErrorCode::corrupt, "the copy is of the record of '" + copy.record.name().display() + "'");
  return copy;
}

}  // namespace scoped::answer
