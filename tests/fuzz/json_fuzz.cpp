// links: json
// What is read and written is read again as the same; the limits hold; an error is one line; what is passed
// over is all that is missing.
#include "common/json/parse_some.h"
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

constexpr std::string_view kPassedOver[] = {"a", "id"};

void drop_passed_over(json::Value& value) {
  if (json::Array* array = value.array())
    for (json::Value& element : *array) drop_passed_over(element);
  if (json::Object* object = value.object()) {
    for (const std::string_view name : kPassedOver) object->erase(name);
    for (json::Member& member : object->members()) drop_passed_over(member.value);
  }
}

void check_passing_over(std::string_view text, const json::Limits& limits, json::Value whole) {
  const auto some = json::parse_some(text, limits, kPassedOver);
  CHECK_INVARIANT(some.has_value());
  drop_passed_over(whole);
  CHECK_INVARIANT(json::dump(*some) == json::dump(whole));
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
    auto value = json::parse(text, limits);
    if (!value) {
      check_error(value.error());
      if (const auto some = json::parse_some(text, limits, kPassedOver); !some) check_error(some.error());
      continue;
    }
    Extent extent;
    measure(*value, 0, 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n')), extent);
    CHECK_INVARIANT(size <= limits.bytes && extent.values <= limits.values && extent.depth <= limits.depth);
    check_same(*value, json::dump(*value));
    check_same(*value, json::dump_pretty(*value));
    check_passing_over(text, limits, std::move(*value));
  }
  return 0;
}
