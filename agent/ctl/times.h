// Times as people read them in tables. Pure.
#pragma once

#include "common/base/time.h"

#include <optional>
#include <string>

namespace scoped::ctl {

// "in 41d 8h", "in 12s", "3h 5m ago", "now": at most two units, the first one not zero.
std::string relative(Instant at, Instant now);
// "2026-11-24 09:04:31 (in 41d 8h)"; "never" where there is none.
std::string with_relative(const std::optional<Instant>& at, Instant now);

}  // namespace scoped::ctl
