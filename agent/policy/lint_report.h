// Findings as documents: for programs, and as SARIF 2.1.0 (OASIS), which code hosts show. Pure.
#pragma once

#include "agent/policy/lint.h"
#include "common/json/value.h"

#include <string_view>

namespace scoped::policy {

// {"findings":[{"rule","level","object","message","remedy","file","line"}]}
json::Value findings_json(const Findings& findings);
json::Value findings_sarif(const Findings& findings, const std::string& registry, std::string_view version);

}  // namespace scoped::policy
