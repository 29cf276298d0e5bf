// A record as it is kept outside its store by processes that end after one answer: what is sealed, and what
// may be done with it (SERVING 7.4). Pure: takes the time.
#pragma once

#include "common/answer/copies.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/record/record.h"

#include <chrono>
#include <optional>
#include <string>

namespace scoped::answer {

// An instant by both clocks, so that another process, maybe after a reboot, can tell how long ago it was.
struct Moment {
  Instant real{};
  BootInstant boot{};
  std::string boot_id;  // of `boot`; empty: not known

  bool operator==(const Moment&) const = default;
};

// By boot time within one boot, else by the wall clock; negative where that was set back.
Ticks elapsed(const Moment& since, const Moment& now);

struct SealedCopy {
  record::Record record;
  Moment read_at;                   // before the load was sent
  std::optional<Moment> long_wait;  // when a process last waited long for the store with this copy at hand
  bool doubtful = false;            // a client said that it is: ask the store next time
};

// As a copy of this process. Where the wall clock shows a time before it was read, it is not fresh.
Copy to_copy(const SealedCopy& copy, const Moment& now, std::chrono::milliseconds revalidate);
// Whether the store may be waited for longer than usual, so that one behind a slow link is heard at all: the
// copy is older than the smaller of 4 x revalidate and 3/4 of its offline limit, and nobody did so within
// the last minute.
bool may_wait_long(const SealedCopy& copy, const Moment& now, std::chrono::milliseconds revalidate);

inline constexpr size_t kLargestCopy = (1 << 20) + 4096;  // unsealed; a record of a store fits

// The claim under way is left out: it is the rotation's, and may hold a password that nobody was given yet.
// invalid_input: longer than kLargestCopy.
Result<Secret> encode_copy(const SealedCopy& copy);
// corrupt: cut, longer than it says, of another version, with impossible times, of another record than
// `name`.
Result<SealedCopy> parse_copy(const Secret& bytes, const record::RecordName& name);

}  // namespace scoped::answer
