// Which promises of the rotation a command breaks, told before it breaks them. Pure.
#pragma once

#include "agent/rotate/asked.h"
#include "common/config/config.h"
#include "common/json/value.h"

#include <string>
#include <vector>

namespace scoped::ctl {

// A line each, of a TOKEN document (common/doc/control-protocol.md) and the settings of its rotation.
std::vector<std::string> broken_promises(rotate::Asked asked, const json::Value& token,
                                         const config::Rotation& rotation, const config::Copies& copies,
                                         Instant now);

// What a person can do where an emergency has to wait.
std::string disable_line(const std::string& host, const std::string& token);

}  // namespace scoped::ctl
