// links: record
// Records and names: what is read is written so that it is read as the same; an error is corrupt, one line,
// and quotes nothing; a name survives its escape and never leaves its folder.
#include "tests/unit/record/sample.h"

#include <stddef.h>
#include <stdint.h>

#include <algorithm>

using namespace scoped;
using namespace scoped::record;

namespace {

void check_error(const Error& error) {
  CHECK_INVARIANT(error.code() == ErrorCode::corrupt);
  const std::string line = error.line();
  CHECK_INVARIANT(line.starts_with("record: ") && line.find("hunter2") == std::string::npos);
  CHECK_INVARIANT(
      std::all_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; }));
}

void check_questions(const Record& record) {
  CHECK_INVARIANT(
      !is_free(record, record.current ? record.current->slot : record.reserved_slot, Instant::max()));
  CHECK_INVARIANT(!record.current || !other_slot(record).empty());
  const Instant limit = record.current ? copy_limit(record, Instant(), Seconds(60)) : Instant();
  CHECK_INVARIANT(!may_hand_out(record, Freshness::copy, Instant(), Seconds(60), limit));
}

void check_record(std::string_view text) {
  const auto record = parse_record(Secret(text));
  if (!record) return check_error(record.error());
  const Secret written = encode(*record);
  const auto again = parse_record(written);
  CHECK_INVARIANT(again.has_value());
  CHECK_INVARIANT(encode(*again).equals(written));
  CHECK_INVARIANT(encode(record->clone()).equals(written));
  check_questions(*record);
}

void check_names(std::string_view text) {
  const std::string escaped = escape_component(text);
  CHECK_INVARIANT(!escaped.empty() && escaped != "." && escaped != "..");
  CHECK_INVARIANT(escaped.find('/') == std::string::npos && escaped.find('\0') == std::string::npos);
  CHECK_INVARIANT(parse_component(escaped) == std::string(text));
  if (const auto name = parse_component(text)) CHECK_INVARIANT(escape_component(*name) == text);
  if (const auto host = parse_registry_host(text)) CHECK_INVARIANT(parse_registry_host(*host) == *host);
  if (check_repository_pattern(text)) CHECK_INVARIANT(covers(text, text));
}

// A good record with the input somewhere in it, so that the far members are reached.
std::string put_into_good(const uint8_t* data, size_t size) {
  std::string text = record::test::text_of(record::test::full());
  if (size < 4) return text;
  const size_t at = (size_t{data[0]} * 256 + data[1]) % text.size();
  return text.replace(at, data[2] % 32, reinterpret_cast<const char*>(data) + 3, size - 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const bool good = parse_record(Secret(put_into_good(nullptr, 0))).has_value();
  CHECK_INVARIANT(good);
  check_record(text);
  check_record(put_into_good(data, size));
  check_names(text);
  return 0;
}
