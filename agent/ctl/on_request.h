// What rotate and repair share: says what the request breaks, has it carried out, and tells the stages.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/run.h"
#include "agent/rotate/asked.h"
#include "common/json/value.h"

#include <string>

namespace scoped::ctl {

inline constexpr Positional kTokenPositional = {
    "HOST/TOKEN",
    "The token; HOST may be the host's first word, or left out where one registry has it.",
    true,
    {},
    Names::token};

// The first positional names the token.
Result<Exit> carry_out(Run& run, rotate::Asked asked);

// The stages of a TOKEN document, a line each with the seconds since the request. Pure.
std::string stage_lines(const json::Value& token);

}  // namespace scoped::ctl
