// What the registry's log tells, as policies and tables want it. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/policy/observed.h"
#include "agent/policy/suggest.h"
#include "agent/registry/log_analytics.h"

namespace scoped::ctl {

// configuration: the registry's control names no workspace (the error says what to add).
Result<registry::Logs> logs_of(const Run& run, const config::Registry& registry);

// How far back the log reaches and when each token last logged in. not_found: it is empty, with what to look
// at.
Result<policy::Usage> usage_of(const registry::Logs& logs, const config::Registry& registry);
// What was done, of the last days; the admin user's by client.
Result<std::vector<policy::Use>> uses_of(const registry::Logs& logs, const std::string& admin, int days);

// Why a log may be silent: the diagnostic setting and the permission.
std::string silence_of(const registry::Logs& logs, const config::Registry& registry);

}  // namespace scoped::ctl
