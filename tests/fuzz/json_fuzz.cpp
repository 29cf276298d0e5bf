// links: json
// What is read and written is read again as the same; the limits hold; an error is one line.
#include "common/json/value.h"

#include <stddef.h>
#include <stdint.h>

#include <algorithm>

using namespace scoped;

namespace {

struct Extent {
  size_t values = 0;
  size_t depth = 0;
};

void measure(const json::Value& value, size_t depth, int last_line, Extent& extent) {
  ++extent.values;
  CHECK_INVARIANT(value.line() >= 1 && value.line() <= last_line);
  if (value.array() == nullptr && value.object() == nullptr) return;
  extent.depth = std::max(extent.depth, depth + 1);
  if (const json::Array* array = value.array())
    for (const json::Value& element : *array) measure(element, depth + 1, last_line, extent);
  if (const json::Object* object = value.object())
    for (const json::Member& member : object->members()) {
      CHECK_INVARIANT(object->find(member.key) == &member.value);  // no duplicates
      CHECK_INVARIANT(member.line >= 1 && member.line <= member.value.line());
      measure(member.value, depth + 1, last_line, extent);
    }
}

void check_error(const Error& error) {
  const std::string line = error.line();
  CHECK_INVARIANT(error.code() == ErrorCode::invalid_input);
  CHECK_INVARIANT(line.starts_with("line ") || line.starts_with("longer than "));
  CHECK_INVARIANT(
      std::all_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; }));
}

void check_same(const json::Value& value, const std::string& text) {
  json::Limits larger;
  larger.bytes = text.size();
  const auto again = json::parse(text, larger);
  CHECK_INVARIANT(again.has_value());
  CHECK_INVARIANT(json::dump(*again) == json::dump(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CHECK_INVARIANT(json::parse(json::quote(text)).has_value() || size > 100'000);
  json::Limits limits;
  limits.bytes = 4096;
  limits.depth = 8;
  limits.values = 64;
  for (bool comments : {false, true}) {
    limits.comments = comments;
    const auto value = json::parse(text, limits);
    if (!value) {
      check_error(value.error());
      continue;
    }
    Extent extent;
    measure(*value, 0, 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n')), extent);
    CHECK_INVARIANT(size <= limits.bytes && extent.values <= limits.values && extent.depth <= limits.depth);
    check_same(*value, json::dump(*value));
    check_same(*value, json::dump_pretty(*value));
  }
  return 0;
}
