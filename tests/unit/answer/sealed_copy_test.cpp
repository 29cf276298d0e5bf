// Not tested here: the files (sealed_copies_test.cpp) and what a copy is used for (tests/unit/fetch).
#include "common/answer/sealed_copy.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/answer/world.h"

namespace scoped::answer {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::kHost;
using test::make_record;
using test::name_of;

constexpr std::chrono::milliseconds kRevalidate = 5min;

Moment moment(const char* real, Ticks boot, std::string boot_id = "boot-1") {
  return {at(real), BootInstant(boot), std::move(boot_id)};
}

SealedCopy make_copy(Moment read_at = moment("2026-01-01T00:00:00Z", 1h), Seconds offline = 7 * 24h) {
  record::Record record = make_record("puller");
  record.current->offline = offline;
  return {std::move(record), std::move(read_at), std::nullopt, false};
}

Moment later(Moment from, Ticks by) {
  from.real += by;
  from.boot += by;
  return from;
}

std::string text_of(const SealedCopy& copy) { return std::string(encode_copy(copy).value().reveal()); }

TEST_CASE("how long ago is told by boot time within one boot, else by the wall clock", "[answer]") {
  struct Row {
    const char* sentence;
    Moment now;
    Ticks elapsed;
  };
  const Moment since = moment("2026-01-01T00:00:00Z", 1h);
  const Row rows[] = {
      {"both clocks went on", moment("2026-01-01T00:01:00Z", 1h + 60s), 60s},
      {"the wall clock stepped forward", moment("2026-01-02T00:00:00Z", 1h + 60s), 60s},
      {"the wall clock stepped back", moment("2025-01-01T00:00:00Z", 1h + 60s), 60s},
      {"another boot", moment("2026-01-01T00:01:00Z", 5s, "boot-2"), 60s},
      {"another boot, the wall clock set back", moment("2025-12-31T23:59:00Z", 5s, "boot-2"), -60s},
      {"no boot is known", moment("2026-01-01T00:01:00Z", 5s, ""), 60s},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(elapsed(since, row.now) == row.elapsed);
  }
  CHECK(elapsed(moment("2026-01-01T00:00:00Z", 1h, ""), moment("2026-01-01T00:01:00Z", 5s, "")) ==
        Ticks(60s));
}

TEST_CASE("each clock has its say in whether a copy is fresh", "[answer]") {
  struct Row {
    const char* sentence;
    Moment now;
    bool fresh;
  };
  const Row rows[] = {
      {"it was read a moment ago", moment("2026-01-01T00:00:01Z", 1h + 1s), true},
      {"almost as old as revalidate", moment("2026-01-01T00:04:59Z", 1h + 299s), true},
      {"as old as revalidate", moment("2026-01-01T00:05:00Z", 1h + 300s), false},
      {"old by boot time, new by the wall clock", moment("2026-01-01T00:00:01Z", 1h + 300s), false},
      {"new by boot time, old by the wall clock", moment("2026-02-01T00:00:00Z", 1h + 1s), true},
      {"the wall clock is before it was read", moment("2025-12-31T23:59:59Z", 1h + 1s), false},
      {"another boot, new by the wall clock", moment("2026-01-01T00:04:59Z", 10s, "boot-2"), true},
      {"another boot, old by the wall clock", moment("2026-01-01T00:05:00Z", 10s, "boot-2"), false},
      {"another boot, before it was read", moment("2025-12-31T23:59:59Z", 10s, "boot-2"), false},
      {"the same boot at an earlier time", moment("2026-01-01T00:00:01Z", 30min), false},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    Copies copies(kRevalidate);
    CHECK(copies.is_fresh(to_copy(make_copy(), row.now, kRevalidate), row.now.boot) == row.fresh);
  }
}

TEST_CASE("a boot time that went back leaves the offline limit to the wall clock", "[answer]") {
  const SealedCopy copy = make_copy();
  const Moment now = moment("2026-01-08T00:00:00Z", 30min);  // the same boot, seven days later
  const Copy made = to_copy(copy, now, kRevalidate);
  CHECK(now.boot - made.read_at_boot == Ticks(7 * 24h));
}

TEST_CASE("half of the offline limit makes a sealed copy ask earlier", "[answer]") {
  const SealedCopy copy = make_copy(moment("2026-01-01T00:00:00Z", 1h), 60s);
  Copies copies(kRevalidate);
  const Moment young = later(copy.read_at, 29s), old = later(copy.read_at, 30s);
  CHECK(copies.is_fresh(to_copy(copy, young, kRevalidate), young.boot));
  CHECK_FALSE(copies.is_fresh(to_copy(copy, old, kRevalidate), old.boot));
}

TEST_CASE("a doubtful sealed copy asks the store once it is five seconds old", "[answer]") {
  SealedCopy copy = make_copy();
  copy.doubtful = true;
  Copies copies(kRevalidate);
  const Moment young = later(copy.read_at, 4s), old = later(copy.read_at, 5s);
  CHECK(copies.is_fresh(to_copy(copy, young, kRevalidate), young.boot));
  CHECK_FALSE(copies.is_fresh(to_copy(copy, old, kRevalidate), old.boot));
}

TEST_CASE("the store may be waited for long when a copy is old, once a minute", "[answer]") {
  struct Row {
    const char* sentence;
    Seconds offline;
    Ticks age;
    std::optional<Ticks> waited;  // how long before
    bool may;
  };
  const Row rows[] = {
      {"not older than 4 x revalidate", 7 * 24h, 20min, {}, false},
      {"older than 4 x revalidate", 7 * 24h, 20min + 1s, {}, true},
      {"not older than 3/4 of the offline limit", 100s, 75s, {}, false},
      {"older than 3/4 of the offline limit", 100s, 76s, {}, true},
      {"a long wait was spent less than a minute ago", 100s, 90s, 59s, false},
      {"a long wait was spent a minute ago", 100s, 90s, 60s, true},
      {"a long wait was spent in the future", 100s, 90s, -1s, true},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    SealedCopy copy = make_copy(moment("2026-01-01T00:00:00Z", 1h), row.offline);
    const Moment now = later(copy.read_at, row.age);
    if (row.waited) copy.long_wait = later(now, -*row.waited);
    CHECK(may_wait_long(copy, now, kRevalidate) == row.may);
  }
  SealedCopy not_ready = make_copy();
  not_ready.record = test::make_not_ready("puller");
  CHECK_FALSE(may_wait_long(not_ready, later(not_ready.read_at, 24h), kRevalidate));
}

TEST_CASE("a copy is read back as it was written, without the claim under way", "[answer]") {
  SealedCopy copy = make_copy();
  copy.doubtful = GENERATE(true, false);
  if (GENERATE(true, false)) copy.long_wait = moment("2026-01-01T00:10:00Z", 2h, "");
  copy.record.pending.emplace().generated = make_record("puller", "staged-pass").current->clone();
  const std::string bytes = text_of(copy);
  CHECK(bytes.find("staged-pass") == std::string::npos);
  const auto read = parse_copy(Secret(bytes), name_of("puller"));
  REQUIRE(read);
  CHECK(read->read_at == copy.read_at);
  CHECK(read->long_wait == copy.long_wait);
  CHECK(read->doubtful == copy.doubtful);
  CHECK(read->record.current->password.reveal() == "pass-1");
  CHECK_FALSE(read->record.pending);
  CHECK(text_of(*read) == bytes);
}

TEST_CASE("a copy is of no other record", "[answer]") {
  const Secret bytes(text_of(make_copy()));
  for (const record::RecordName& name : {record::RecordName{kHost, "builder"}, {"other.io", "puller"}}) {
    const auto read = parse_copy(bytes, name);
    REQUIRE_FALSE(read);
    CHECK(read.error().line() == "the copy is of the record of 'reg.azurecr.io/puller'");
  }
}

TEST_CASE("a copy that is cut or altered is corrupt", "[answer]") {
  const std::string good = text_of(make_copy());
  for (size_t size = 0; size < good.size(); ++size) {
    INFO(size);
    const auto read = parse_copy(Secret(good.substr(0, size)), name_of("puller"));
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::corrupt);
  }
  CHECK_FALSE(parse_copy(Secret(good + "x"), name_of("puller")));
  for (const size_t place : {size_t{0}, size_t{1}, size_t{9}, size_t{17}, size_t{21}}) {
    INFO(place);  // version, flags, the sign of each time, the length of the boot's identity
    std::string altered = good;
    altered[place] = static_cast<char>(0xff);
    CHECK_FALSE(parse_copy(Secret(altered), name_of("puller")));
  }
}

TEST_CASE("a record that is too long is not copied", "[answer]") {
  SealedCopy copy = make_copy();
  copy.record.current->password = Secret(std::string(kLargestCopy, 'x'));
  CHECK(encode_copy(copy).error().code() == ErrorCode::invalid_input);
}

}  // namespace
}  // namespace scoped::answer
