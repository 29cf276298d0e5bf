// Claims of a JWT. Pure.
#pragma once

#include "common/base/time.h"
#include "common/json/value.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::emulator {

std::string text_claim(const json::Object& claims, std::string_view name);  // empty: absent or no text
// A NumericDate may have a fraction.
std::optional<Instant> date_claim(const json::Object& claims, std::string_view name);

}  // namespace scoped::emulator
