// When a password ends, as az names it on the command line. Pure.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/options.h"
#include "common/base/time.h"

#include <optional>

namespace scoped::ctl {

inline constexpr Flag kExpirationFlag = {
    .name = "expiration",
    .value = "TIME",
    .help = "When the password ends, as 2027-01-01T00:00:00Z; only for a token without a record."};
inline constexpr Flag kExpirationInDaysFlag = {
    .name = "expiration-in-days", .value = "N", .help = "The same, from now; 1 to 3650."};

// invalid_input: both are given, or one is no time.
Result<> check_expiry(const Options& options);
// The instant asked for; nothing where neither was given. invalid_input: it is past.
Result<std::optional<Instant>> expiry_asked(const Options& options, Instant now);

}  // namespace scoped::ctl
