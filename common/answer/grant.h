// What a client is given out of a record, and how long it may keep it. Pure.
#pragma once

#include "common/base/time.h"
#include "common/record/record.h"

namespace scoped::answer {

struct Grant {
  const record::Password& current;
  const record::Password* previous = nullptr;  // null unless it is still alive
  Seconds keep_for{0};  // how long the client may use it without asking again; 0: ask each time
};
// What the record is good for at `now`, `age` after it was read from the store. The passwords stay the
// record's. REQUIRES: record.current.
Grant make_grant(const record::Record& record, Ticks age, Seconds hold, Instant now);

// A client's own cache is one more copy, under the two limits of any copy (ROTATION section 5): until
// `offline` after the store was read, since a retirement waits that long and then for `hold`; and never
// beyond `hold` before the expiry. What lasts longer than ten minutes is cut, so that a rotation is soon
// noticed. A password that may be handed out although it is past these limits (it was just read from the
// store) is not to be kept at all: its successor is overdue.
Seconds keep_for(const record::Password& current, Ticks age, Seconds hold, Instant now);

// Whether the password before the current one still logs in, as far as the record tells: it has not lapsed,
// its time is not over, and nobody writes to its slot or was given it.
bool is_previous_alive(const record::Record& record, Instant now);

}  // namespace scoped::answer
