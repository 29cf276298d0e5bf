#include "tests/emulator/claims.h"

#include <cmath>

namespace scoped::emulator {

std::string text_claim(const json::Object& claims, std::string_view name) {
  const json::Value* value = claims.find(name);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

std::optional<Instant> date_claim(const json::Object& claims, std::string_view name) {
  constexpr double kLatest = 253'402'300'799;  // the end of the year 9999
  const json::Value* value = claims.find(name);
  if (value == nullptr) return std::nullopt;
  const int64_t* whole = value->integer();
  const double* real = value->real();
  if (whole == nullptr && real == nullptr) return std::nullopt;
  const double seconds = whole != nullptr ? static_cast<double>(*whole) : *real;
  if (!(seconds >= 0 && seconds <= kLatest)) return std::nullopt;
  return Instant(std::chrono::milliseconds(std::llround(seconds * 1000)));
}

}  // namespace scoped::emulator
