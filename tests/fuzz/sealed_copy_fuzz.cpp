// links: answer
// The copy that is sealed on disk: whatever parses is of the record that was asked for and is written back
// the same but for its claim, and its ages are told without overflow; an error is corrupt and quotes nothing.
#include "common/answer/sealed_copy.h"
#include "tests/unit/answer/world.h"

#include <stddef.h>
#include <stdint.h>

using namespace scoped;
using namespace scoped::answer;

namespace {

SealedCopy good_copy() {
  const Instant real = test::at("2026-01-01T00:00:00Z");
  Moment read_at{real, BootInstant(std::chrono::hours(1)), "d9f0c3a4-5f0e-4f64-8a53-0f6f3b1f8d11"};
  return {test::make_record("puller", "hunter2"), read_at, read_at, true};
}

void check_ages(const SealedCopy& copy) {
  const Moment far{Instant(Ticks(int64_t{1} << 61)), BootInstant(Ticks(int64_t{1} << 61)),
                   copy.read_at.boot_id};
  for (const Moment& now : {Moment{}, far, copy.read_at}) {
    const Copy made = to_copy(copy, now, std::chrono::minutes(5));
    CHECK_INVARIANT(made.read_at_boot <= now.boot);
    if (may_wait_long(copy, now, std::chrono::minutes(5))) CHECK_INVARIANT(made.record.current.has_value());
  }
}

void check_copy(std::string_view bytes, const record::RecordName& name) {
  const auto copy = parse_copy(Secret(bytes), name);
  if (!copy) {
    CHECK_INVARIANT(copy.error().code() == ErrorCode::corrupt);
    CHECK_INVARIANT(copy.error().line().find("hunter2") == std::string::npos);
    return;
  }
  CHECK_INVARIANT(copy->record.name() == name);
  check_ages(*copy);
  const auto written = encode_copy(*copy);
  if (!written) return;  // too long once its record is written in full
  const auto again = parse_copy(*written, name);
  CHECK_INVARIANT(again && !again->record.pending);
  CHECK_INVARIANT(again->read_at == copy->read_at && again->long_wait == copy->long_wait);
  CHECK_INVARIANT(encode_copy(*again)->equals(*written));
}

// A good copy with the input somewhere in it, so that the far members are reached.
std::string put_into_good(const uint8_t* data, size_t size) {
  std::string bytes(encode_copy(good_copy()).value().reveal());
  if (size < 4) return bytes;
  const size_t at = (size_t{data[0]} * 256 + data[1]) % bytes.size();
  return bytes.replace(at, data[2] % 32, reinterpret_cast<const char*>(data) + 3, size - 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const record::RecordName name = test::name_of("puller");
  static const bool is_good = parse_copy(Secret(put_into_good(nullptr, 0)), name).has_value();
  CHECK_INVARIANT(is_good);
  CHECK_INVARIANT(!parse_copy(Secret(put_into_good(nullptr, 0)), test::name_of("builder")));
  for (const std::string& bytes :
       {std::string(reinterpret_cast<const char*>(data), size), put_into_good(data, size)}) {
    check_copy(bytes, name);
    check_copy(bytes, test::name_of("builder"));
  }
  return 0;
}
