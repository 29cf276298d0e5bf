// The matcher for a part of a text, which Catch2 3 calls otherwise than 2.
#pragma once

#include "tests/support/catch.h"

#include <string>

namespace scoped::emulator_test {

#if CATCH_VERSION_MAJOR < 3
inline auto Contains(const std::string& part) { return Catch::Matchers::Contains(part); }
#else
inline auto Contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
#endif

}  // namespace scoped::emulator_test
