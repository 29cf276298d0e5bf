// The rules behind next_step, in the order in which they are asked. A rule looks at one thing and speaks or
// stays silent; the first that speaks decides. Exposed for the table test, which has a row for each reason.
#pragma once

#include "agent/rotate/decide.h"

#include <optional>
#include <span>
#include <string_view>

namespace scoped::rotate {

// What is asked before the record and the time are known to be usable.
struct Gate {
  std::string_view name;
  std::optional<Decision> (*speak)(const Observed&);
};
std::span<const Gate> gates();

// REQUIRES: the gates were silent, so there are a record, a token and a server time.
struct Facts {
  const Observed& observed;
  const Policy& policy;
  const record::Record& record;
  TimeInterval now;
};
struct Rule {
  std::string_view name;
  std::optional<Decision> (*speak)(const Facts&);
};
std::span<const Rule> rules();

}  // namespace scoped::rotate
