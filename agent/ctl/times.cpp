#include "agent/ctl/times.h"

#include <array>

namespace scoped::ctl {
namespace {

struct Unit {
  int64_t seconds;
  const char* name;
};
constexpr std::array kUnits = {Unit{86'400, "d"}, Unit{3'600, "h"}, Unit{60, "m"}, Unit{1, "s"}};

std::string two_units(int64_t seconds) {
  for (size_t i = 0; i < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    std::string text = std::to_string(seconds / kUnits[i].seconds) + kUnits[i].name;
    if (i + 1 == kUnits.size()) return text;
    const int64_t rest = seconds % kUnits[i].seconds / kUnits[i + 1].seconds;
    return rest == 0 ? text : text + " " + std::to_string(rest) + kUnits[i + 1].name;
  }
  return "";
}

}  // namespace

std::string relative(Instant at, Instant now) {
  const int64_t ahead = std::chrono::floor<Seconds>(at - now).count();
  if (ahead > 0) return "in " + two_units(ahead);
  const int64_t past = std::chrono::floor<Seconds>(now - at).count();
  return past > 0 ? two_units(past) + " ago" : "now";
}

std::string with_relative(const std::optional<Instant>& at, Instant now) {
  if (!at) return "never";
  return format_for_people(*at) + " (" + relative(*at, now) + ")";
}

}  // namespace scoped::ctl
