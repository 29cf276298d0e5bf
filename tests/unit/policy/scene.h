// What the pure tests of policies share.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

namespace scoped::test {

inline Instant at(const char* text) { return parse_rfc3339(text).value(); }
inline const Instant kNow = at("2026-03-01T12:00:00Z");

template <typename T>
std::string error_line(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().line();
}

}  // namespace scoped::test
