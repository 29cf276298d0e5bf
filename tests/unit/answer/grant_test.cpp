// Not tested here: when a copy may be handed out at all (engine_test, tests/unit/record).
#include "common/answer/grant.h"

#include "tests/support/catch.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::make_record;

const Instant kNow = at("2026-02-01T00:00:00Z");

record::Password password_for(Seconds offline, std::optional<Ticks> left_to_live) {
  record::Password password = make_record("puller").current.value().clone();
  password.offline = offline;
  password.expires_at.reset();
  if (left_to_live) password.expires_at = kNow + *left_to_live;
  return password;
}

TEST_CASE("an answer is kept no longer than any copy may be, and at most ten minutes", "[answer]") {
  struct Row {
    const char* why;
    Seconds offline;
    std::optional<Ticks> left_to_live;
    Ticks age;
    Seconds hold;
    Seconds kept;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing else limits it", 168h, 720h, 0s, 8h, 10min},
      {"a password that never expires", 168h, std::nullopt, 0s, 8h, 10min},
      {"a copy of some age with much time left", 168h, 720h, 24h, 8h, 10min},
      {"the offline limit ends it", 168h, 720h, 168h - 90s, 8h, 90s},
      {"the offline limit of a password without expiry", 60s, std::nullopt, 20s, 8h, 40s},
      {"a short offline limit of a fresh read", 4s, 720h, 0s, 4s, 4s},
      {"the offline limit is reached", 168h, 720h, 168h, 8h, 0s},
      {"the offline limit is passed", 168h, 720h, 200h, 8h, 0s},
      {"the hold before the expiry ends it", 168h, 8h + 90s, 0s, 8h, 90s},
      {"the hold has begun, though the password was just read", 168h, 8h, 0s, 8h, 0s},
      {"within the hold", 168h, 1h, 0s, 8h, 0s},
      {"expired", 168h, -1h, 0s, 8h, 0s},
      {"both limits: the nearer one", 168h, 8h + 90s, 168h - 30s, 8h, 30s},
      {"both limits: the nearer one is the expiry", 168h, 8h + 30s, 168h - 90s, 8h, 30s},
      {"parts of a second are dropped", 60s, std::nullopt, 30500ms, 8h, 29s},
      {"less than a second is not kept", 60s, std::nullopt, 59500ms, 8h, 0s},
  }));
  INFO(row.why);
  CHECK(keep_for(password_for(row.offline, row.left_to_live), row.age, row.hold, kNow) == row.kept);
}

TEST_CASE("whatever the age, an answer is never kept beyond the copy that it came from", "[answer]") {
  for (const Seconds offline : {2s, 600s, 601s, 86400s})
    for (const Ticks age : {Ticks(0), Ticks(1s), Ticks(599s), Ticks(600s), Ticks(86399s)})
      for (const Seconds hold : {2s, 28800s})
        for (const Ticks left : {Ticks(1s), Ticks(28801s), Ticks(29400s), Ticks(864000s)}) {
          record::Record record = make_record("puller");
          record.current = password_for(offline, left);
          const Instant end = record::copy_limit(record, kNow - age, hold);
          const Seconds kept = keep_for(*record.current, age, hold, kNow);
          CHECK((kept == 0s || kNow + kept <= end));
          CHECK((kept == 10min || kNow + kept + 1s > end));
        }
}

record::Record with_previous() {
  record::Record record = make_record("puller");
  record.previous = record::Previous{make_record("puller", "pass-0").current.value().clone(), std::nullopt};
  record.previous->password.slot = record::kPassword2;
  record.previous->password.expires_at = kNow + 1h;
  return record;
}

record::Pending claim_on(const std::string& slot) {
  record::Pending pending;
  pending.slot = slot;
  return pending;
}

TEST_CASE("the previous password is given as long as nothing says that it is dead", "[answer]") {
  using record::Record;
  struct Row {
    const char* why;
    void (*change)(Record&);
    bool is_alive;
  };
  const auto row = GENERATE(values<Row>({
      {"just promoted, nobody has counted its end yet", [](Record&) {}, true},
      {"its end is to come", [](Record& r) { r.previous->free_at = kNow + 1s; }, true},
      {"its end has come", [](Record& r) { r.previous->free_at = kNow; }, false},
      {"it never expires", [](Record& r) { r.previous->password.expires_at.reset(); }, true},
      {"it expires now", [](Record& r) { r.previous->password.expires_at = kNow; }, false},
      {"its slot is claimed", [](Record& r) { r.pending = claim_on(record::kPassword2); }, false},
      {"the other slot is claimed", [](Record& r) { r.pending = claim_on(record::kPassword1); }, true},
      {"its slot may still be written",
       [](Record& r) {
         r.busy = {record::kPassword2, kNow};
       },
       false},
      {"nobody can write it any more",
       [](Record& r) {
         r.busy = {record::kPassword2, kNow - 1s};
       },
       true},
      {"the other slot may still be written",
       [](Record& r) {
         r.busy = {record::kPassword1, kNow};
       },
       true},
      {"its slot was given away", [](Record& r) { r.external_slot = record::kPassword2; }, false},
      {"there is none", [](Record& r) { r.previous.reset(); }, false},
  }));
  INFO(row.why);
  record::Record record = with_previous();
  row.change(record);
  CHECK(is_previous_alive(record, kNow) == row.is_alive);
  const Grant grant = make_grant(record, 0s, 8h, kNow);
  CHECK(&grant.current == &*record.current);
  CHECK(grant.previous == (row.is_alive ? &record.previous->password : nullptr));
  CHECK(grant.keep_for == 10min);
}

}  // namespace
}  // namespace scoped::answer
