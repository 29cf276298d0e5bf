// The pure questions that are asked of a record. Not tested here: what the registry shows
// (tests/unit/rotate).
#include "common/record/record.h"

#include "tests/support/catch.h"
#include "tests/unit/record/sample.h"

using namespace scoped;
using namespace scoped::record;
using namespace scoped::record::test;
using namespace std::chrono_literals;

namespace {

constexpr Seconds kHold = 8h;

// A current password that expires in `life` and whose copies are good for `offline`, as seen at `start`.
struct Case {
  Instant start = at("2026-01-01T00:00:00Z");
  Record record = ready();

  Case(Seconds life, Seconds offline) {
    record.current->expires_at = start + life;
    record.current->offline = offline;
  }
  bool copy(Ticks age) const { return may_hand_out(record, Freshness::copy, start, kHold, start + age); }
  bool fresh(Ticks age) const {
    return may_hand_out(record, Freshness::asked_store, start + age, kHold, start + age);
  }
};

}  // namespace

TEST_CASE("a copy is good until its offline limit", "[record]") {
  const Case at(24h * 90, 24h * 7);
  CHECK(at.copy(0s));
  CHECK(at.copy(24h * 7 - Ticks(1)));
  CHECK_FALSE(at.copy(24h * 7));
  CHECK_FALSE(at.copy(24h * 8));
}

TEST_CASE("a copy is never handed out within `hold` of the end", "[record]") {
  const Case at(24h, 24h * 7);
  CHECK(at.copy(16h - Ticks(1)));
  CHECK_FALSE(at.copy(16h));
  CHECK(copy_limit(at.record, at.start, kHold) == at.start + 16h);
}

TEST_CASE("a password read fresh is good until it expires, and not a tick longer", "[record]") {
  const Case at(24h, 1h);
  CHECK(at.fresh(23h));
  CHECK(at.fresh(24h - Ticks(1)));
  CHECK_FALSE(at.fresh(24h));
  CHECK_FALSE(at.fresh(25h));
}

TEST_CASE("a password without an end has the offline limit only", "[record]") {
  Case at(24h, 24h * 7);
  at.record.current->expires_at.reset();
  CHECK(at.copy(24h * 7 - Ticks(1)));
  CHECK_FALSE(at.copy(24h * 7));
  CHECK(at.fresh(24h * 3650));
}

TEST_CASE("a record that is not ready hands out nothing", "[record]") {
  const Instant now = at("2026-01-01T00:00:00Z");
  CHECK_FALSE(may_hand_out(not_ready(), Freshness::asked_store, now, kHold, now));
  CHECK_FALSE(may_hand_out(not_ready(), Freshness::copy, now, kHold, now));
}

TEST_CASE("a slot is free when nobody can still hold its password", "[record]") {
  const Instant now = at("2026-01-10T00:00:00Z");
  struct Row {
    const char* why;
    void (*change)(Record&, Instant);
    bool free1, free2;
  };
  const Row rows[] = {
      {"the slot beside the current one", [](Record&, Instant) {}, false, true},
      {"before the first promotion the reserved slot is not",
       [](Record& r, Instant) {
         r.current.reset();
         r.reserved_slot = kPassword1;
       },
       false, true},
      {"a previous password without free_at holds its slot",
       [](Record& r, Instant) {
         r.previous = Previous{password(kPassword2, "x", "2025-12-01T00:00:00Z"), {}};
       },
       false, false},
      {"until free_at it holds it too",
       [](Record& r, Instant t) {
         r.previous = Previous{password(kPassword2, "x", "2025-12-01T00:00:00Z"), t};
       },
       false, false},
      {"after free_at it does not",
       [](Record& r, Instant t) {
         r.previous = Previous{password(kPassword2, "x", "2025-12-01T00:00:00Z"), t - Ticks(1)};
       },
       false, true},
      {"nor when it has lapsed",
       [](Record& r, Instant t) {
         r.previous = Previous{password(kPassword2, "x", "2025-12-01T00:00:00Z"), {}};
         r.previous->password.expires_at = t - Ticks(1);
       },
       false, true},
      {"at its very end it still does",
       [](Record& r, Instant t) {
         r.previous = Previous{password(kPassword2, "x", "2025-12-01T00:00:00Z"), {}};
         r.previous->password.expires_at = t;
       },
       false, false},
      {"a busy slot waits for the old fence",
       [](Record& r, Instant t) {
         r.busy = Busy{kPassword2, t};
       },
       false, false},
      {"and is free after it",
       [](Record& r, Instant t) {
         r.busy = Busy{kPassword2, t - Ticks(1)};
       },
       false, true},
      {"an outsider's slot is not", [](Record& r, Instant) { r.external_slot = kPassword2; }, false, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Record record = ready();
    row.change(record, now);
    CHECK(is_free(record, kPassword1, now) == row.free1);
    CHECK(is_free(record, kPassword2, now) == row.free2);
  }
}

TEST_CASE("the other slot is the one that is neither current nor reserved", "[record]") {
  Record record = ready();
  CHECK(other_slot(record) == kPassword2);
  record.current->slot = kPassword2;
  CHECK(other_slot(record) == kPassword1);
  CHECK(other_slot(not_ready()) == kPassword1);
}
