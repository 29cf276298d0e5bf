#include "agent/rotate/kept_record.h"

#include "common/record/codec.h"
#include "tests/support/catch.h"
#include "tests/unit/record/sample.h"

using namespace scoped;
using namespace scoped::record;
using record::test::full;
using rotate::KeptRecord;

TEST_CASE("A record that was kept is what it was", "[rotate]") {
  Record rested = record::test::ready();
  rested.promoted_at = rested.current->created_at;
  rested.generation = 7;
  Record with_previous = rested.clone();
  with_previous.previous = Previous{rested.current->clone(), rested.current->created_at, {}};
  for (const Record& record : {record::test::not_ready(), rested.clone(), with_previous.clone(), full()}) {
    Record again = KeptRecord(record).whole(record.name());
    again.write_id = record.write_id;
    CHECK(record::test::text_of(again) == record::test::text_of(record));
  }
}

TEST_CASE("A record that rests takes less room than a whole one", "[rotate]") {
  CHECK(sizeof(KeptRecord) * 4 < sizeof(Record));
}
