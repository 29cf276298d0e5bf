// Records for tests, and a record as one text so that two can be compared.
#pragma once

#include "common/record/codec.h"

#include <string>

namespace scoped::record::test {

inline Instant at(const char* text) { return parse_rfc3339(text).value(); }

inline Password password(const std::string& slot, const char* secret, const char* created_at) {
  Password made;
  made.username = "ci-main";
  made.slot = slot;
  made.password = Secret(secret);
  made.created_at = at(created_at);
  made.expires_at = at("2026-04-01T00:00:00.1234567Z");
  made.offline = Seconds(3600);
  return made;
}

// The smallest record: made by `token create`, nothing promoted yet.
inline Record not_ready() {
  Record record;
  record.write_id = "00";
  record.registry = "r.azurecr.io";
  record.token = "ci-main";
  record.reserved_slot = kPassword2;
  return record;
}

inline Record ready() {
  Record record = not_ready();
  record.reserved_slot.clear();
  record.generation = 3;
  record.current = password(kPassword1, "hunter2", "2026-01-01T00:00:00.0000001Z");
  record.promoted_at = at("2026-01-01T00:10:00Z");
  return record;
}

// With everything that a record may have.
inline Record full() {
  Record record = ready();
  record.previous =
      Previous{password(kPassword2, "older", "2025-12-01T00:00:00Z"), at("2026-01-02T00:00:00Z")};
  Pending& pending = record.pending.emplace();
  pending.txn = "t1";
  pending.owner = "o1";
  pending.slot = kPassword2;
  pending.phase = PendingPhase::generated;
  pending.observed = at("2025-12-01T00:00:00Z");
  pending.fence = at("2026-01-01T01:30:00Z");
  pending.claimed_at = at("2026-01-01T00:00:00Z");
  pending.asked_expiry = at("2026-05-01T00:00:00.7654321Z");
  pending.generated = password(kPassword2, "newer", "2026-01-03T00:00:00Z");
  record.busy = Busy{kPassword2, at("2026-01-01T02:00:00Z")};
  record.retired = Retired{kPassword2, at("2026-01-03T00:00:00.0000005Z")};
  record.external_slot = "certificate1";
  record.rotator = Rotator{"instance-1", at("2026-01-04T00:00:00.0000007Z")};
  record.published = {{"kubernetes/a", 2}, {"kubernetes/b", 3}};
  return record;
}

inline std::string text_of(const Record& record) { return std::string(encode(record).reveal()); }

}  // namespace scoped::record::test
